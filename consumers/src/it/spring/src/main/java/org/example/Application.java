package org.example;

import dev.langchain4j.model.chat.ChatModel;
import org.nnsight4j.langchain4j.ChatPrompt;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

// snippet: application
/** Answers questions over HTTP. */
@SpringBootApplication
@RestController
public class Application {
  private final ChatModel model;

  Application(ChatModel model) {
    this.model = model;
  }

  @GetMapping("/answer")
  String answer(@RequestParam String question) {
    return model.chat(question);
  }
}

/** For this checkpoint, which has no chat template. */
@Configuration
class Prompts {
  @Bean
  ChatPrompt lastMessage() {
    return messages -> String.valueOf(messages.get(messages.size() - 1).fields().get("content"));
  }
}
// end
