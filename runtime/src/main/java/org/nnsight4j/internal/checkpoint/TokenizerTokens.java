package org.nnsight4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * The tokens that Hugging Face adds to those of a {@code tokenizer.json}: what the files next to it
 * say about added and special tokens, in the order in which they get their ids.
 */
final class TokenizerTokens {
  private static final List<String> NAMED =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");
  private static final String DECODER = "added_tokens_decoder";
  private static final String EXTRA = "extra_special_tokens";
  private static final String ADDITIONAL = "additional_special_tokens";
  private static final long MAX_BYTES = 16L << 20;

  private final Path config;
  private final ObjectNode settings;
  private final TreeMap<Integer, AddedToken> byId = new TreeMap<>();
  private final Map<String, AddedToken> named = new LinkedHashMap<>();
  private final List<AddedToken> extra = new ArrayList<>();

  /**
   * Reads what the files say.
   *
   * @param settings tokenizer_config.json
   * @param own the added tokens of tokenizer.json
   */
  TokenizerTokens(Path directory, ObjectNode settings, JsonNode own) {
    this.config = directory.resolve("tokenizer_config.json");
    this.settings = settings.deepCopy();
    if (this.settings.has(ADDITIONAL) && isEmpty(this.settings.get(EXTRA))) {
      this.settings.set(EXTRA, this.settings.remove(ADDITIONAL));
    }
    if (settings.has(DECODER)) {
      for (Map.Entry<String, JsonNode> each : settings.get(DECODER).properties()) {
        byId.put(
            id(config + ": " + DECODER, each.getKey()),
            AddedToken.of(config + ": " + DECODER + "." + each.getKey(), each.getValue()));
      }
    } else {
      readSpecialTokensMap(directory.resolve("special_tokens_map.json"));
      readAddedTokens(directory.resolve("added_tokens.json"));
      for (JsonNode each : own) {
        byId.put(each.path("id").asInt(), AddedToken.of("tokenizer.json: added_tokens", each));
      }
    }
    readNamed();
  }

  private static boolean isEmpty(@Nullable JsonNode node) {
    return node == null || node.isNull() || node.isEmpty();
  }

  private static int id(String where, String key) {
    try {
      return Integer.parseInt(key);
    } catch (NumberFormatException e) {
      throw new CheckpointException("%s: '%s' is no token id".formatted(where, key), e);
    }
  }

  private void readSpecialTokensMap(Path file) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    for (Map.Entry<String, JsonNode> each : Json.readObject(file, MAX_BYTES).properties()) {
      JsonNode value = each.getValue();
      if (value.isObject() && !each.getKey().equals(EXTRA)) {
        ObjectNode token = ((ObjectNode) value).deepCopy();
        token.put("special", true).put("__type", "AddedToken");
        value = token;
      }
      settings.set(each.getKey(), value);
    }
    if (settings.has(ADDITIONAL) && !settings.has(EXTRA)) {
      settings.set(EXTRA, settings.remove(ADDITIONAL));
    }
  }

  private void readAddedTokens(Path file) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    Set<String> special = new LinkedHashSet<>();
    for (String key : NAMED) {
      AddedToken token = token(key, settings.path(key));
      if (token != null) {
        special.add(token.content());
      }
    }
    if (settings.path(EXTRA).isArray()) {
      for (JsonNode each : settings.get(EXTRA)) {
        special.add(each.isTextual() ? each.textValue() : each.path("content").asText());
      }
    }
    for (Map.Entry<String, JsonNode> each : Json.readObject(file, MAX_BYTES).properties()) {
      if (!each.getValue().isInt()) {
        throw new CheckpointException(
            "%s: expected a token id for '%s', found %s"
                .formatted(file, each.getKey(), Json.describe(each.getValue())));
      }
      boolean isSpecial = special.contains(each.getKey());
      byId.put(
          each.getValue().intValue(),
          new AddedToken(each.getKey(), false, false, false, !isSpecial, isSpecial));
    }
  }

  private void readNamed() {
    Map<String, AddedToken> known = new LinkedHashMap<>();
    byId.values().forEach(token -> known.put(token.content(), token));
    for (String key : NAMED) {
      put(key, settings.path(key), known);
    }
    for (Map.Entry<String, JsonNode> each : settings.properties()) {
      boolean ofModel = each.getKey().endsWith("_token") && !NAMED.contains(each.getKey());
      if (ofModel && (each.getValue().isTextual() || each.getValue().has("__type"))) {
        put(each.getKey(), each.getValue(), Map.of());
      }
    }
    JsonNode more = settings.path(EXTRA);
    if (more.isObject()) {
      more.properties().forEach(each -> put(each.getKey(), each.getValue(), Map.of()));
    } else if (more.isArray()) {
      for (JsonNode each : more) {
        AddedToken token = token(EXTRA, each);
        if (token != null) {
          extra.add(token);
        }
      }
    } else if (!more.isMissingNode() && !more.isNull()) {
      throw wrong(EXTRA, more);
    }
  }

  /** A named token; if it is an added token, it is found as that specifies. */
  private void put(String key, JsonNode value, Map<String, AddedToken> known) {
    AddedToken token = token(key, value);
    if (token != null) {
      named.put(key, known.getOrDefault(token.content(), token));
    }
  }

  private @Nullable AddedToken token(String key, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return null;
    } else if (value.isTextual()) {
      return AddedToken.special(value.textValue());
    } else if (value.path("__type").asText().equals("AddedToken")) {
      return AddedToken.of(config + ": " + key, value);
    }
    throw wrong(key, value);
  }

  private CheckpointException wrong(String key, JsonNode found) {
    return new CheckpointException(
        "%s: '%s' must be text or an AddedToken, found %s"
            .formatted(config, key, Json.describe(found)));
  }

  /** A class's own named token, if the files do not specify it. */
  void byDefault(String key, String content) {
    if (!settings.has(key)) {
      named.putIfAbsent(key, AddedToken.special(content));
    }
  }

  /** The text of a named token. */
  String content(String key, String otherwise) {
    AddedToken token = named.get(key);
    return token == null ? otherwise : token.content();
  }

  /** Named tokens as text. */
  Map<String, String> contents() {
    Map<String, String> contents = new LinkedHashMap<>();
    named.forEach((key, token) -> contents.put(key, token.content()));
    return Collections.unmodifiableMap(contents);
  }

  /**
   * The tokens to add to existing ones.
   *
   * @param present the added tokens of the tokenizer before
   */
  List<AddedToken> missing(List<AddedToken> present) {
    List<AddedToken> added = new ArrayList<>();
    Set<String> contents = new LinkedHashSet<>();
    present.forEach(token -> contents.add(token.content()));
    for (AddedToken token : byId.values()) {
      if (!present.contains(token)) {
        added.add(token);
        contents.add(token.content());
      }
    }
    List<AddedToken> specials = new ArrayList<>();
    for (String key : NAMED) {
      if (named.containsKey(key)) {
        specials.add(named.get(key));
      }
    }
    named.forEach(
        (key, token) -> {
          if (!NAMED.contains(key)) {
            specials.add(token);
          }
        });
    specials.addAll(extra);
    for (AddedToken token : specials) {
      if (!contents.contains(token.content()) && !added.contains(token)) {
        added.add(token);
      }
    }
    Set<String> names = new LinkedHashSet<>();
    named.values().forEach(token -> names.add(token.content()));
    return added.stream()
        .map(token -> names.contains(token.content()) ? token.asSpecial() : token)
        .toList();
  }
}
