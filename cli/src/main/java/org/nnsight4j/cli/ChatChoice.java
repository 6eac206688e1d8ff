package org.nnsight4j.cli;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.tokenizer.ChatOptions;
import org.nnsight4j.tokenizer.Message;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether the prompt is a message to a chat model. */
final class ChatChoice {
  @Option(
      names = "--chat",
      description =
          "The prompt is a message, written as the checkpoint's chat template says; the answer is"
              + " printed.")
  private boolean chat;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "What a system message says before it; with --chat.")
  private @Nullable String system;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills what is annotated.
  ChatChoice() {}

  boolean wanted() {
    return chat;
  }

  /** Checks the options that need no model. */
  void check(PromptChoice prompt) {
    if (system != null && !chat) {
      throw new ParameterException(
          spec.commandLine(), "--system is a message of a chat: add --chat, or leave it out");
    }
    if (chat && prompt.hasIds()) {
      throw new ParameterException(
          spec.commandLine(),
          "expected a text with --chat, found --ids; leave one out: a chat template is made of text");
    }
  }

  /**
   * The tokens of the chat.
   *
   * @param model for messages
   * @throws RunException if the model has no template, or it refuses the messages
   */
  long[] tokens(LanguageModel<?> language, String text, Object model) {
    boolean hasText =
        Files.isRegularFile(ModelChoice.directory(language).resolve("tokenizer.json"));
    if (hasText && !language.tokenizer().hasChatTemplate()) {
      throw new RunException(
          "%s has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json), so it was hardly trained to chat: leave --chat out and give it a text to continue, or take a model that was, as --model Qwen/Qwen3-0.6B or another whose name ends in Instruct, it or Chat"
              .formatted(Shown.line(String.valueOf(model))));
    }
    List<Message> messages = new ArrayList<>();
    if (system != null) {
      messages.add(Message.system(system));
    }
    messages.add(Message.user(text));
    return language.tokenizer().chat(messages, ChatOptions.generationPrompt());
  }
}
