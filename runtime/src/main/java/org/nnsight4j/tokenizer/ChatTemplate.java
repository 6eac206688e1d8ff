package org.nnsight4j.tokenizer;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.checkpoint.TokenizerFiles;
import org.nnsight4j.internal.jinja.Template;
import org.nnsight4j.internal.jinja.TemplateException;

/** Renders messages as the text that a model was trained on. */
final class ChatTemplate {
  /** Marks the end of the last message, so that it can be found in the text. */
  private static final String TAG = "CONTINUE_FINAL_MESSAGE_TAG ";

  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private final TokenizerFiles files;
  private final String place;

  ChatTemplate(TokenizerFiles files, String place) {
    this.files = files;
    this.place = place;
  }

  String render(List<Message> messages, ChatOptions options) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(files.specialTokens());
    variables.put("tools", options.tools().isEmpty() ? null : options.tools());
    variables.put("documents", null);
    variables.putAll(options.variables());
    variables.put("add_generation_prompt", options.addGenerationPrompt());
    List<Map<String, @Nullable Object>> fields = new ArrayList<>();
    messages.forEach(message -> fields.add(withReasoning(message.fields())));
    variables.put("messages", fields);
    String last = options.continueFinalMessage() ? tag(fields) : "";
    String text;
    try {
      text =
          Template.parse(source(options), () -> LocalDateTime.now(ZoneId.systemDefault()))
              .render(variables);
    } catch (TemplateException e) {
      throw new RunException(
          "%s: the chat template says no: %s".formatted(place, e.getMessage()), e);
    }
    return options.continueFinalMessage() ? cut(text, last) : text;
  }

  private String source(ChatOptions options) {
    Map<String, String> templates = files.chatTemplates();
    String name =
        !options.tools().isEmpty() && templates.containsKey("tool_use") ? "tool_use" : "default";
    String source = templates.get(name);
    if (source == null) {
      throw new RunException(
          "%s: there is no chat template (chat_template.jinja, or chat_template in tokenizer_config.json%s); the model was hardly trained to chat, so give it text"
              .formatted(place, templates.isEmpty() ? "" : ", which has " + templates.keySet()));
    }
    return source;
  }

  private static Map<String, @Nullable Object> withReasoning(
      Map<String, @Nullable Object> message) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(message);
    for (String name : REASONING) {
      @Nullable Object reasoning = message.get(name);
      if (reasoning != null) {
        fields.putIfAbsent("thinking", reasoning);
        fields.put("reasoning_content", reasoning);
        break;
      }
    }
    return fields;
  }

  private String tag(List<Map<String, @Nullable Object>> messages) {
    if (messages.isEmpty()
        || !(messages.get(messages.size() - 1).get("content") instanceof String content)) {
      throw new RunException(
          place + ": continueFinalMessage needs a last message whose content is text");
    }
    messages.get(messages.size() - 1).put("content", content + TAG);
    return content;
  }

  private String cut(String text, String last) {
    int at = text.lastIndexOf(TAG.strip());
    if (at < 0 || !text.contains(last.strip())) {
      throw new RunException(
          "%s: the last message cannot be continued, because the chat template leaves it out or changes it"
              .formatted(place));
    }
    String before = text.substring(0, at);
    return text.startsWith(TAG, at) ? before : before.stripTrailing();
  }
}
