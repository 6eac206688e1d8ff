package org.nnsight4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/** A token in addition to a tokenizer's vocabulary, and how it is found in text. */
record AddedToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {
  private static final Set<String> FIELDS =
      Set.of("content", "single_word", "lstrip", "rstrip", "normalized", "special", "id", "__type");

  /** A special token that is given as text alone. */
  static AddedToken special(String content) {
    return new AddedToken(content, false, false, false, false, true);
  }

  /** A token from a JSON file; missing fields have Hugging Face's defaults. */
  static AddedToken of(String where, JsonNode json) {
    if (!json.path("content").isTextual()) {
      throw new CheckpointException(
          "%s: expected a token with its content, found %s".formatted(where, Json.describe(json)));
    }
    for (String field : (Iterable<String>) json::fieldNames) {
      if (!FIELDS.contains(field)) {
        throw new CheckpointException(
            "%s: '%s' is no part of a token that nnsight4j knows; it knows %s"
                .formatted(where, field, List.copyOf(FIELDS).stream().sorted().toList()));
      }
    }
    boolean special = flag(where, json, "special", false);
    return new AddedToken(
        json.get("content").textValue(),
        flag(where, json, "single_word", false),
        flag(where, json, "lstrip", false),
        flag(where, json, "rstrip", false),
        flag(where, json, "normalized", !special),
        special);
  }

  private static boolean flag(String where, JsonNode json, String name, boolean otherwise) {
    JsonNode value = json.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw new CheckpointException(
          "%s: '%s' must be true or false, found %s".formatted(where, name, Json.describe(value)));
    }
    return value.booleanValue();
  }

  AddedToken asSpecial() {
    return new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
  }

  ObjectNode json(int id) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("content", content)
        .put("single_word", singleWord)
        .put("lstrip", lstrip)
        .put("rstrip", rstrip)
        .put("normalized", normalized)
        .put("special", special);
  }
}
