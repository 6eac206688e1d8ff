package org.nnsight4j.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One message of a chat, as templates see it.
 *
 * @param fields {@code role}, {@code content}, and other fields that a template reads, such as
 *     {@code tool_calls}; text, numbers, truth values, null, lists and maps
 */
public record Message(Map<String, @Nullable Object> fields) {
  public Message {
    if (!(fields.get("role") instanceof String)) {
      throw new IllegalArgumentException(
          "expected a message with the text 'role', found the fields " + fields.keySet());
    }
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** A message of any role. */
  public static Message of(String role, String content) {
    Objects.requireNonNull(role, "the role is null");
    Objects.requireNonNull(content, "the content is null");
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("role", role);
    fields.put("content", content);
    return new Message(fields);
  }

  public static Message system(String content) {
    return of("system", content);
  }

  public static Message user(String content) {
    return of("user", content);
  }

  public static Message assistant(String content) {
    return of("assistant", content);
  }

  /** The same message with one more field, such as {@code reasoning_content}. */
  public Message with(String field, @Nullable Object value) {
    Map<String, @Nullable Object> more = new LinkedHashMap<>(fields);
    more.put(field, value);
    return new Message(more);
  }

  public String role() {
    return String.valueOf(fields.get("role"));
  }
}
