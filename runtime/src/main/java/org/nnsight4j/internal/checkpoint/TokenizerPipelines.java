package org.nnsight4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * Tokenizers that Hugging Face's classes build themselves: from {@code tokenizer.json} they use the
 * vocabulary, the merges and the post-processor.
 */
final class TokenizerPipelines {
  /** The letter that stands for a space. */
  private static final String SPACE = "\u2581";

  private static final String PREFIX_SPACE = "add_prefix_space";

  /** How Qwen 2 and 3 split text into words. */
  private static final String WORDS_OF_QWEN =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private final Path file;
  private final Path config;
  private final ObjectNode tokenizer;
  private final ObjectNode settings;

  TokenizerPipelines(Path file, Path config, ObjectNode tokenizer, ObjectNode settings) {
    this.file = file;
    this.config = config;
    this.tokenizer = tokenizer;
    this.settings = settings;
  }

  ObjectNode gpt2() {
    ObjectNode result = begun(false, false);
    byteLevel(result.putObject("pre_tokenizer"), flag(PREFIX_SPACE, false));
    byteLevel(result.putObject("decoder"), true);
    return result;
  }

  ObjectNode gptNeoX() {
    ObjectNode result = gpt2();
    result.putObject("normalizer").put("type", "NFC");
    // transformers writes it again, and forgets whether it contained special tokens.
    result.putNull("post_processor");
    return result;
  }

  ObjectNode qwen2() {
    ObjectNode result = gpt2();
    result.putObject("normalizer").put("type", "NFC");
    ArrayNode parts =
        result.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    parts
        .addObject()
        .put("type", "Split")
        .put("behavior", "Isolated")
        .put("invert", false)
        .putObject("pattern")
        .put("Regex", WORDS_OF_QWEN);
    ObjectNode bytes = parts.addObject();
    byteLevel(bytes, flag(PREFIX_SPACE, false));
    bytes.put("use_regex", false);
    return result;
  }

  /**
   * Spaces become letters wherever they are.
   *
   * @param unknown the token for text that has no other
   */
  ObjectNode gemma(String unknown) {
    ObjectNode result = begun(true, true);
    ((ObjectNode) result.get("model"))
        .put("unk_token", unknown)
        .putNull("continuing_subword_prefix")
        .putNull("end_of_word_suffix");
    ObjectNode normalizer = result.putObject("normalizer").put("type", "Replace");
    normalizer.put("content", SPACE).putObject("pattern").put("String", " ");
    ObjectNode split = result.putObject("pre_tokenizer").put("type", "Split");
    split.put("behavior", "MergedWithPrevious").put("invert", false);
    split.putObject("pattern").put("String", " ");
    ofSpaces(result);
    return result;
  }

  /**
   * Words and their pieces, between two tokens.
   *
   * @param unknown the token for words with other letters
   */
  ObjectNode bert(String unknown, String begin, String end) {
    JsonNode vocabulary = tokenizer.path("model").path("vocab");
    if (!vocabulary.isObject()) {
      throw new CheckpointException(
          "%s: expected a WordPiece model with vocab, which the tokenizer_class of %s takes from it"
              .formatted(file, config.getFileName()));
    }
    ObjectNode result = empty();
    ObjectNode normalizer = result.putObject("normalizer").put("type", "BertNormalizer");
    normalizer.put("clean_text", true);
    normalizer.put("handle_chinese_chars", flag("tokenize_chinese_chars", true));
    normalizer.put("lowercase", flag("do_lower_case", true));
    if (settings.path("strip_accents").isBoolean()) {
      normalizer.put("strip_accents", settings.get("strip_accents").booleanValue());
    } else {
      normalizer.putNull("strip_accents");
    }
    result.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    result.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode words = result.putObject("model").put("type", "WordPiece");
    words.put("unk_token", unknown).put("continuing_subword_prefix", "##");
    words.put("max_input_chars_per_word", 100).set("vocab", vocabulary);
    ObjectNode around = result.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = around.putArray("single");
    special(single, begin, 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    special(single, end, 0);
    ArrayNode pair = around.putArray("pair");
    pair.addAll(single.deepCopy())
        .addObject()
        .putObject("Sequence")
        .put("id", "B")
        .put("type_id", 1);
    special(pair, end, 1);
    ObjectNode tokens = around.putObject("special_tokens");
    for (String each : new String[] {begin, end}) {
      ObjectNode token = tokens.putObject(each).put("id", each);
      token.putArray("ids").add(vocabulary.path(each).asInt(each.equals(begin) ? 2 : 3));
      token.putArray("tokens").add(each);
    }
    return result;
  }

  private static void special(ArrayNode parts, String token, int type) {
    parts.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
  }

  private static ArrayNode ofSpaces(ObjectNode result) {
    ArrayNode decoders = result.putObject("decoder").put("type", "Sequence").putArray("decoders");
    decoders
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .putObject("pattern")
        .put("String", SPACE);
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    return decoders;
  }

  private static ObjectNode empty() {
    ObjectNode result = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    return result.putNull("truncation").putNull("padding").putNull("normalizer");
  }

  ObjectNode llama() {
    ObjectNode result = begun(true, true);
    boolean prefix = flag(PREFIX_SPACE, true);
    result
        .putObject("pre_tokenizer")
        .put("type", "Metaspace")
        .put("replacement", SPACE)
        .put("prepend_scheme", prefix ? flag("legacy", false) ? "always" : "first" : "never")
        .put("split", false);
    ArrayNode decoders = ofSpaces(result);
    if (prefix) {
      decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
    return result;
  }

  private ObjectNode begun(boolean fuseUnknown, boolean byteFallback) {
    JsonNode model = tokenizer.path("model");
    if (!model.path("vocab").isObject() || !model.path("merges").isArray()) {
      throw new CheckpointException(
          "%s: expected a BPE model with vocab and merges, which the tokenizer_class of %s takes from it, found the type %s; write \"tokenizer_class\": \"TokenizersBackend\" into that file if tokenizer.json alone says how text is read"
              .formatted(file, config.getFileName(), Json.describe(model.path("type"))));
    }
    ObjectNode result = empty();
    result.set("post_processor", tokenizer.path("post_processor").deepCopy());
    if (result.get("post_processor").isMissingNode()) {
      result.putNull("post_processor");
    }
    ObjectNode bpe = result.putObject("model").put("type", "BPE").putNull("dropout");
    bpe.putNull("unk_token")
        .put("continuing_subword_prefix", "")
        .put("end_of_word_suffix", "")
        .put("fuse_unk", fuseUnknown)
        .put("byte_fallback", byteFallback)
        .put("ignore_merges", false);
    bpe.set("vocab", model.get("vocab"));
    bpe.set("merges", model.get("merges"));
    return result;
  }

  private static void byteLevel(ObjectNode part, boolean prefix) {
    part.put("type", "ByteLevel")
        .put("add_prefix_space", prefix)
        .put("trim_offsets", true)
        .put("use_regex", true);
  }

  private boolean flag(String key, boolean otherwise) {
    JsonNode value = settings.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw new CheckpointException(
          "%s: '%s' must be true or false, found %s".formatted(config, key, Json.describe(value)));
    }
    return value.booleanValue();
  }
}
