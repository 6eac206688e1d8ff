package org.nnsight4j.tokenizer;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;

/** Chats, single tokens and streams of a tokenizer; numbers of tools/reference/chat_fixtures.py. */
final class ChatTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode FIXTURE = resource("chat/tokens.json");

  @TempDir private Path directory;

  private static JsonNode resource(String name) {
    try (InputStream in = ChatTest.class.getResourceAsStream("/" + name)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }

  private Tokenizer open(String base, ObjectNode config) throws IOException {
    Files.write(
        directory.resolve("tokenizer.json"),
        ChatTest.class.getResourceAsStream("/tokenizers/" + base + ".json").readAllBytes());
    JSON.writeValue(directory.resolve("tokenizer_config.json").toFile(), config);
    return Tokenizer.open(directory.resolve("tokenizer.json"));
  }

  private static ObjectNode config() {
    return JSON.createObjectNode().put("tokenizer_class", "GemmaTokenizer");
  }

  private static String template(String name) throws IOException {
    try (InputStream in = ChatTest.class.getResourceAsStream("/chat/" + name + ".jinja")) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  static Stream<JsonNode> cases() {
    return StreamSupport.stream(FIXTURE.spliterator(), false);
  }

  @SuppressWarnings("unchecked")
  private static List<Message> messages(JsonNode chat) {
    List<Message> messages = new ArrayList<>();
    chat.forEach(each -> messages.add(new Message(JSON.convertValue(each, LinkedHashMap.class))));
    return messages;
  }

  /** The beginning is there once, whether the template or the tokenizer would write it. */
  @ParameterizedTest
  @MethodSource("cases")
  void idsAreThoseOfTransformers(JsonNode each) throws IOException {
    ObjectNode config = config().put("chat_template", template(each.get("template").textValue()));
    ChatOptions options =
        each.get("continue").booleanValue()
            ? ChatOptions.continuing()
            : new ChatOptions(each.get("generation").booleanValue(), false, List.of(), Map.of());
    try (Tokenizer tokenizer = open("spaces", config)) {
      List<Message> messages = messages(each.get("messages"));
      assertThat(tokenizer.applyChatTemplate(messages, options))
          .isEqualTo(each.get("text").textValue());
      assertThat(Arrays.stream(tokenizer.chat(messages, options)).boxed().toList())
          .isEqualTo(
              JSON.convertValue(
                  each.get("ids"),
                  JSON.getTypeFactory().constructCollectionType(List.class, Long.class)));
    }
  }

  @Test
  void theFileComesBeforeTheConfiguration() throws IOException {
    List<Message> chat = List.of(Message.user("hi"));
    Files.writeString(directory.resolve("chat_template.jinja"), "file {{ messages[0].content }}");
    try (Tokenizer tokenizer = open("spaces", config().put("chat_template", "config"))) {
      assertThat(tokenizer.applyChatTemplate(chat, ChatOptions.defaults())).isEqualTo("file hi");
      assertThat(tokenizer.hasChatTemplate()).isTrue();
    }
    Files.delete(directory.resolve("chat_template.jinja"));
    ObjectNode several = config();
    several.putArray("chat_template").addObject().put("name", "default").put("template", "usual");
    several
        .withArray("chat_template")
        .addObject()
        .put("name", "tool_use")
        .put("template", "tools {{ tools | length }}");
    try (Tokenizer tokenizer = open("spaces", several)) {
      assertThat(tokenizer.applyChatTemplate(chat, ChatOptions.defaults())).isEqualTo("usual");
      assertThat(
              tokenizer.applyChatTemplate(
                  chat, ChatOptions.defaults().tools(List.of(Map.of("name", "f")))))
          .isEqualTo("tools 1");
    }
    several.withArray("chat_template").addObject().put("name", "odd");
    CheckpointException error =
        assertThrows(CheckpointException.class, () -> open("spaces", several));
    assertThat(error).hasMessageThat().contains("a list of templates with name and template");
  }

  @Test
  void variablesReachTheTemplate() throws IOException {
    ObjectNode config =
        config()
            .put(
                "chat_template",
                "{{ x }} {{ messages[0].thinking }} {{ bos_token }} {{ tools is none }}");
    try (Tokenizer tokenizer = open("spaces", config)) {
      assertThat(
              tokenizer.applyChatTemplate(
                  List.of(Message.assistant("a").with("reasoning_content", "hm")),
                  ChatOptions.defaults().with("x", false)))
          .isEqualTo("False hm <bos> True");
      assertThat(tokenizer.specialTokens()).containsEntry("eos_token", "<eos>");
    }
  }

  @Test
  void refusals() throws IOException {
    List<Message> chat = List.of(Message.user("hi"));
    try (Tokenizer tokenizer = open("spaces", config())) {
      assertThat(tokenizer.hasChatTemplate()).isFalse();
      RunException error =
          assertThrows(RunException.class, () -> tokenizer.chat(chat, ChatOptions.defaults()));
      assertThat(error).hasMessageThat().contains("there is no chat template");
      assertThat(error).hasMessageThat().contains("so give it text");
    }
    ObjectNode no = config().put("chat_template", "{{ raise_exception('never') }}");
    try (Tokenizer tokenizer = open("spaces", no)) {
      RunException error =
          assertThrows(RunException.class, () -> tokenizer.chat(chat, ChatOptions.defaults()));
      assertThat(error)
          .hasMessageThat()
          .isEqualTo(directory + ": the chat template says no: never");
    }
    ObjectNode lost = config().put("chat_template", "nothing");
    try (Tokenizer tokenizer = open("spaces", lost)) {
      RunException error =
          assertThrows(RunException.class, () -> tokenizer.chat(chat, ChatOptions.continuing()));
      assertThat(error).hasMessageThat().contains("cannot be continued");
    }
    assertThrows(IllegalArgumentException.class, () -> new Message(Map.of("content", "x")));
    assertThrows(
        IllegalArgumentException.class, () -> new ChatOptions(true, true, List.of(), Map.of()));
  }

  @Test
  void oneTokenOrNone() throws IOException {
    try (Tokenizer tokenizer = open("byte_level", JSON.createObjectNode())) {
      long word = tokenizer.singleToken(" the");
      assertThat(tokenizer.token(word)).isEqualTo(" the");
      assertThat(tokenizer.singleToken("<|endoftext|>")).isEqualTo(0);
      RunException error = assertThrows(RunException.class, () -> tokenizer.singleToken("Paris"));
      assertThat(error)
          .hasMessageThat()
          .startsWith("'Paris' is 4 tokens and not one: 'P' (48), 'a' (65), ");
      assertThat(error).hasMessageThat().endsWith("one token only behind a space");
      assertThrows(RunException.class, () -> tokenizer.singleToken(""));
    }
    try (Tokenizer tokenizer = open("spaces", config())) {
      // The beginning-of-text token is not part of it.
      assertThat(tokenizer.singleToken("a")).isEqualTo(tokenizer.encode("a")[1]);
    }
  }

  @Test
  void charactersOfSeveralTokensComeWhole() throws IOException {
    String text = "\u00e9\u6f22\ud83d\ude00 a\u0301!";
    for (String base : List.of("byte_level", "spaces", "metaspace")) {
      ObjectNode config =
          base.equals("spaces")
              ? config()
              : JSON.createObjectNode().put("tokenizer_class", "TokenizersBackend");
      try (Tokenizer tokenizer = open(base, config)) {
        TextStream stream = tokenizer.stream();
        StringBuilder all = new StringBuilder();
        for (long id : tokenizer.encode(text)) {
          String piece = stream.next(id);
          assertThat(piece).doesNotContain("\ufffd");
          all.append(piece);
        }
        assertThat(all.toString()).isEqualTo(text);
        assertThat(stream.end()).isEmpty();
        long[] ids = tokenizer.encode("\ud83d\ude00");
        assertThat(stream.next(ids[ids.length - 2])).isEmpty();
        assertThat(stream.end()).contains("\ufffd");
      }
    }
  }
}
