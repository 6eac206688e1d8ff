package org.nnsight4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * Tokenizers that Hugging Face's classes build themselves: of {@code tokenizer.json} they take the
 * vocabulary, the merges and the post-processor.
 */
final class TokenizerPipelines {
  private static final String PREFIX_SPACE = "add_prefix_space";

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

  ObjectNode llama() {
    ObjectNode result = begun(true, true);
    boolean prefix = flag(PREFIX_SPACE, true);
    result
        .putObject("pre_tokenizer")
        .put("type", "Metaspace")
        .put("replacement", "\u2581")
        .put("prepend_scheme", prefix ? flag("legacy", false) ? "always" : "first" : "never")
        .put("split", false);
    ArrayNode decoders = result.putObject("decoder").put("type", "Sequence").putArray("decoders");
    decoders
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .putObject("pattern")
        .put("String", "\u2581");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
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
    ObjectNode result = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    result.putNull("truncation").putNull("padding").putNull("normalizer");
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
