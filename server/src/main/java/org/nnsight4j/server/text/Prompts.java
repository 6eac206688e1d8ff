package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.nnsight4j.tokenizer.ChatOptions;
import org.nnsight4j.tokenizer.Message;
import org.nnsight4j.tokenizer.Tokenizer;

/** Reads texts, token ids and chats as the token ids of rows. */
final class Prompts {
  /** No tokenizer makes one token of more bytes; a text that is much too long takes minutes. */
  private static final long MOST_BYTES_OF_A_TOKEN = 256;

  private static final int MOST_ROWS = 2048;

  private final TextModel model;

  Prompts(TextModel model) {
    this.model = model;
  }

  /** A text, a list of texts, a list of ids, or a list of such lists. */
  long[][] rows(String param, JsonNode json) {
    if (json.isTextual()) {
      return new long[][] {text(param, json)};
    }
    if (!json.isArray() || json.isEmpty()) {
      throw Fields.refused(param, "a text, texts or token ids", json);
    }
    if (json.get(0).isNumber()) {
      return new long[][] {ids(param, json)};
    }
    if (json.size() > MOST_ROWS) {
      throw Fields.wrong(
          param, "expected at most %s of them, found %s".formatted(MOST_ROWS, json.size()));
    }
    List<long[]> rows = new ArrayList<>();
    for (JsonNode each : json) {
      String name = "%s[%s]".formatted(param, rows.size());
      rows.add(each.isTextual() ? text(name, each) : ids(name, each));
    }
    return rows.toArray(long[][]::new);
  }

  private long[] text(String param, JsonNode json) {
    String text = Fields.textOf(param, json);
    checkLength(param, text);
    return some(param, model.model().tokenizer().encode(text));
  }

  private void checkLength(String param, String text) {
    long most = MOST_BYTES_OF_A_TOKEN * model.positions();
    if (text.length() > most / 4 && text.getBytes(StandardCharsets.UTF_8).length > most) {
      throw Fields.wrong(
          param,
          "expected a text of at most %s tokens, found one that has more; shorten it"
              .formatted(model.positions()));
    }
  }

  private long[] some(String param, long[] ids) {
    if (ids.length == 0) {
      throw Fields.wrong(param, "expected at least one token, found none");
    }
    if (ids.length > model.positions()) {
      throw Fields.wrong(
          param,
          "expected at most %s tokens, which this model has positions for, found %s; shorten it"
              .formatted(model.positions(), ids.length));
    }
    return ids;
  }

  private long[] ids(String param, JsonNode json) {
    if (!json.isArray()) {
      throw Fields.refused(param, "a text or token ids", json);
    }
    int vocabulary = model.model().blueprint().vocabularySize();
    long[] ids = new long[json.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = json.get(i);
      if (!id.isIntegralNumber() || id.asLong(-1) < 0 || id.asLong() >= vocabulary) {
        throw Fields.refused(
            "%s[%s]".formatted(param, i), "a token id from 0 to %s".formatted(vocabulary - 1), id);
      }
      ids[i] = id.longValue();
    }
    return some(param, ids);
  }

  /** The messages of a chat, by the template of the checkpoint. */
  long[] chat(String param, JsonNode json) {
    if (!json.isArray() || json.isEmpty()) {
      throw Fields.refused(param, "a list of messages", json);
    }
    List<Message> messages = new ArrayList<>();
    StringBuilder all = new StringBuilder();
    for (JsonNode each : json) {
      Message message = message("%s[%s]".formatted(param, messages.size()), each);
      messages.add(message);
      all.append(message.fields().get("content"));
    }
    checkLength(param, all.toString());
    Tokenizer tokenizer = model.model().tokenizer();
    if (!tokenizer.hasChatTemplate()) {
      throw Fields.wrong(
          "model",
          "expected a model with a chat template, this checkpoint has none; use /v1/completions");
    }
    return some(param, tokenizer.chat(messages, ChatOptions.generationPrompt()));
  }

  private static Message message(String param, JsonNode json) {
    Fields fields =
        Fields.of(param, json, Set.of("role", "content", "name", "refusal", "tool_calls"));
    fields.only("name");
    fields.only("refusal");
    fields.only("tool_calls", "[]");
    String role = fields.text("role");
    if (!Arrays.asList("system", "developer", "user", "assistant").contains(role)) {
      throw Fields.refused(
          fields.name("role"), "system, developer, user or assistant", fields.get("role"));
    }
    String content = content(fields);
    // The newer name of the same role, which templates do not know.
    return Message.of(role.equals("developer") ? "system" : role, content);
  }

  private static String content(Fields fields) {
    JsonNode content = fields.required("content", "a text");
    if (content.isTextual()) {
      return Fields.textOf(fields.name("content"), content);
    }
    StringBuilder text = new StringBuilder();
    for (Fields part : fields.objects("content", Set.of("type", "text"))) {
      if (!part.text("type").equals("text")) {
        throw Fields.refused(part.name("type"), "text", part.get("type"));
      }
      text.append(part.text("text"));
    }
    return text.toString();
  }
}
