package org.nnsight4j.internal.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * How Hugging Face reads a {@code tokenizer.json} and the files next to it: {@code
 * tokenizer_config.json}, {@code special_tokens_map.json}, {@code added_tokens.json}, and the
 * {@code model_type} of {@code config.json}. These can change ids even if {@code tokenizer.json} is
 * the same.
 */
public final class TokenizerFiles {
  /** How the text of a single token is found. */
  public enum Texts {
    /** By decoding it after others. */
    DECODED,
    /** Its letters stand for bytes, as in GPT-2. */
    BYTE_LEVEL,
    /** Some tokens are named after a byte, such as {@code <0x0A>}. */
    BYTE_FALLBACK
  }

  private static final long MAX_BYTES = 16L << 20;
  private static final long MAX_TOKENIZER_BYTES = 256L << 20;
  private static final String CLEAN_BPE =
      "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output";

  /** Settings that this class does not implement. */
  private static final List<String> REFUSED =
      List.of(
          "auto_map",
          "fast_tokenizer_files",
          "gguf_file",
          "init_inputs",
          "merges",
          "post_processor",
          "split_special_tokens",
          "tokenizer_object",
          "vocab");

  private final @Nullable String rewritten;
  private final Map<Long, String> vocabulary = new HashMap<>();
  private final long size;
  private final Texts texts;
  private final boolean cleansUp;
  private final Map<String, String> specialTokens;
  private final Map<String, String> chatTemplates;

  private TokenizerFiles(Path file) {
    Path directory = file.resolveSibling(".");
    Path config = file.resolveSibling("tokenizer_config.json");
    ObjectNode tokenizer = Json.readObject(file, MAX_TOKENIZER_BYTES);
    ObjectNode settings = optional(config);
    refuse(config, settings);
    List<AddedToken> present = present(file, tokenizer);
    ObjectNode model = optional(file.resolveSibling("config.json"));
    TokenizerClass kind =
        TokenizerClass.of(
            config.toString(),
            text(settings, "tokenizer_class"),
            text(model, "tokenizer_class"),
            text(model, "model_type"),
            has(tokenizer, "ByteLevel"));
    TokenizerTokens tokens =
        new TokenizerTokens(directory, settings, tokenizer.path("added_tokens"));
    TokenizerPipelines pipelines = new TokenizerPipelines(file, config, tokenizer, settings);
    kind.usualTokens().forEach(tokens::byDefault);
    @Nullable ObjectNode own =
        switch (kind) {
          case BACKEND -> null;
          case GPT2 -> pipelines.gpt2();
          case LLAMA -> pipelines.llama();
          case QWEN2 -> pipelines.qwen2();
          case GPT_NEOX -> pipelines.gptNeoX();
          case GEMMA -> pipelines.gemma(tokens.content("unk_token", "<unk>"));
          case BERT ->
              pipelines.bert(
                  tokens.content("unk_token", "[UNK]"),
                  tokens.content("cls_token", "[CLS]"),
                  tokens.content("sep_token", "[SEP]"));
        };
    List<AddedToken> all = new ArrayList<>(own == null ? present : List.of());
    List<AddedToken> missing = tokens.missing(all);
    all.addAll(missing);
    ObjectNode effective = own == null ? tokenizer : own;
    this.size = Math.max(number(all, effective), model.path("vocab_size").asLong(0));
    this.texts = texts(effective.path("decoder"));
    boolean wanted = settings.path("clean_up_tokenization_spaces").asBoolean(false);
    boolean bpe = "BPE".equals(effective.path("model").path("type").textValue());
    this.cleansUp = wanted && (!bpe || settings.path(CLEAN_BPE).asBoolean(false));
    this.specialTokens = tokens.contents();
    this.chatTemplates = ChatTemplates.read(directory, config, settings);
    this.rewritten = own == null && missing.isEmpty() ? null : written(file, effective, all);
  }

  private static void refuse(Path config, ObjectNode settings) {
    for (String key : REFUSED) {
      JsonNode value = settings.path(key);
      boolean nothing =
          value.isMissingNode()
              || value.isNull()
              || value.isBoolean() && !value.booleanValue()
              || value.isContainerNode() && value.isEmpty();
      if (!nothing) {
        throw new CheckpointException(
            "%s: %s=%s changes how text is read, and nnsight4j does not implement it; give token ids, or save the tokenizer without it"
                .formatted(config, key, Json.describe(value)));
      }
    }
  }

  private static List<AddedToken> present(Path file, ObjectNode tokenizer) {
    List<AddedToken> present = new ArrayList<>();
    if (!tokenizer.path("added_tokens").isMissingNode()
        && !tokenizer.get("added_tokens").isArray()) {
      throw new CheckpointException(
          "%s: expected a list under \"added_tokens\", found %s"
              .formatted(file, Json.describe(tokenizer.get("added_tokens"))));
    }
    for (JsonNode each : tokenizer.path("added_tokens")) {
      present.add(AddedToken.of(file + ": added_tokens", each));
    }
    return present;
  }

  private static Texts texts(JsonNode decoder) {
    return "ByteLevel".equals(decoder.path("type").textValue())
        ? Texts.BYTE_LEVEL
        : has(decoder, "ByteFallback")
            ? Texts.BYTE_FALLBACK
            : has(decoder, "ByteLevel") ? Texts.BYTE_LEVEL : Texts.DECODED;
  }

  /**
   * Reads the files.
   *
   * @param file a {@code tokenizer.json}
   * @throws CheckpointException if they ask for something that is not implemented
   */
  public static TokenizerFiles read(Path file) {
    return new TokenizerFiles(file);
  }

  private static ObjectNode optional(Path file) {
    return Files.isRegularFile(file)
        ? Json.readObject(file, MAX_BYTES)
        : new ObjectMapper().createObjectNode();
  }

  private static @Nullable String text(ObjectNode object, String key) {
    JsonNode value = object.path(key);
    return value.isTextual() ? value.textValue() : null;
  }

  private static boolean has(JsonNode json, String type) {
    return type.equals(json.path("type").textValue())
        || json.isContainerNode() && json.findValuesAsText("type").contains(type);
  }

  /** Reads the vocabulary; returns how many ids there are, including those of added tokens. */
  private long number(List<AddedToken> added, ObjectNode effective) {
    JsonNode vocab = effective.path("model").path("vocab");
    long most = 0;
    long place = 0;
    Set<String> contents = new LinkedHashSet<>();
    if (vocab.isArray()) {
      for (JsonNode each : vocab) {
        vocabulary.put(place++, each.path(0).asText());
      }
    } else {
      for (Map.Entry<String, JsonNode> each : vocab.properties()) {
        vocabulary.put(each.getValue().asLong(), each.getKey());
        most = Math.max(most, each.getValue().asLong() + 1);
      }
    }
    contents.addAll(vocabulary.values());
    added.forEach(token -> contents.add(token.content()));
    // New tokens are numbered from the number of known ones.
    return Math.max(most, contents.size());
  }

  private static String written(Path file, ObjectNode effective, List<AddedToken> added) {
    ArrayNode tokens = effective.putArray("added_tokens");
    for (AddedToken token : added) {
      // Only the order determines ids.
      tokens.add(token.json(tokens.size()));
    }
    try {
      return new ObjectMapper().writeValueAsString(effective);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s: cannot be written as Hugging Face would use it: %s"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }

  /** The {@code tokenizer.json} to use instead of the file, unless the file is used as it is. */
  public Optional<String> rewritten() {
    return Optional.ofNullable(rewritten);
  }

  /** How many ids there are; the model may have more of them than the tokenizer has tokens. */
  public long size() {
    return size;
  }

  /** A token as written in the vocabulary, if the id is in the vocabulary. */
  public Optional<String> vocabulary(long id) {
    return Optional.ofNullable(vocabulary.get(id));
  }

  /** How single tokens become text. */
  public Texts texts() {
    return texts;
  }

  /** Special tokens by name, such as {@code bos_token}; unmodifiable. */
  public Map<String, String> specialTokens() {
    return specialTokens;
  }

  /** Chat templates by name; the usual one is {@code default}. Unmodifiable. */
  public Map<String, String> chatTemplates() {
    return chatTemplates;
  }

  /** Whether decoded text loses the spaces before punctuation. */
  public boolean cleansUp() {
    return cleansUp;
  }
}
