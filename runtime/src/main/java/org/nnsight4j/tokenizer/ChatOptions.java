package org.nnsight4j.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a chat becomes text, with the parameter names of Hugging Face's {@code apply_chat_template}.
 *
 * @param addGenerationPrompt whether the text ends where the assistant's answer begins
 * @param continueFinalMessage whether the text ends within the last message, so that the model
 *     continues it
 * @param tools functions as JSON schemas, which the model may call
 * @param variables other variables that the template reads, such as {@code enable_thinking}
 */
public record ChatOptions(
    boolean addGenerationPrompt,
    boolean continueFinalMessage,
    List<Map<String, ? extends @Nullable Object>> tools,
    Map<String, @Nullable Object> variables) {
  public ChatOptions {
    if (addGenerationPrompt && continueFinalMessage) {
      throw new IllegalArgumentException(
          "addGenerationPrompt begins an answer and continueFinalMessage goes on with one; leave one out");
    }
    tools = List.copyOf(tools);
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /** The messages alone. */
  public static ChatOptions defaults() {
    return new ChatOptions(false, false, List.of(), Map.of());
  }

  /** The text ends where the assistant's answer begins. */
  public static ChatOptions generationPrompt() {
    return new ChatOptions(true, false, List.of(), Map.of());
  }

  /** The text ends within the last message. */
  public static ChatOptions continuing() {
    return new ChatOptions(false, true, List.of(), Map.of());
  }

  /** The same with functions that the model may call. */
  public ChatOptions tools(List<Map<String, ? extends @Nullable Object>> functions) {
    return new ChatOptions(addGenerationPrompt, continueFinalMessage, functions, variables);
  }

  /** The same with a variable of the template, such as {@code enable_thinking}. */
  public ChatOptions with(String name, @Nullable Object value) {
    Map<String, @Nullable Object> more = new LinkedHashMap<>(variables);
    more.put(name, value);
    return new ChatOptions(addGenerationPrompt, continueFinalMessage, tools, more);
  }
}
