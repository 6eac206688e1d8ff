package org.nnsight4j.models.gpt2;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Activation;
import org.nnsight4j.error.CheckpointException;

/**
 * The keys of GPT-2's config.json that change numbers, with Hugging Face's defaults ({@code
 * GPT2Config}). Dropout rates do not: a model is always run as in evaluation.
 */
record Gpt2Config(
    int layers,
    int heads,
    int hidden,
    int inner,
    int positions,
    int vocabulary,
    double layerNormEpsilon,
    String activation,
    boolean scaleAttention,
    boolean scaleByLayer,
    boolean tied) {

  /** Far above any model; a damaged number must not fill the memory with modules. */
  private static final int MOST_LAYERS = 10_000;

  static Gpt2Config of(ModelConfig config) {
    int hidden = positive(config, "n_embd", 768);
    OptionalInt inner = config.optionalInteger("n_inner");
    Gpt2Config read =
        new Gpt2Config(
            positive(config, "n_layer", 12),
            positive(config, "n_head", 12),
            hidden,
            inner.isPresent() ? positive(config, "n_inner", 1) : 4 * hidden,
            positive(config, "n_positions", 1024),
            positive(config, "vocab_size", 50257),
            config.decimal("layer_norm_epsilon", 1e-5),
            config.string("activation_function", "gelu_new"),
            config.flag("scale_attn_weights", true),
            config.flag("scale_attn_by_inverse_layer_idx", false),
            config.flag("tie_word_embeddings", true));
    read.check(config);
    return read;
  }

  private void check(ModelConfig config) {
    atMost(config, "n_layer", layers, MOST_LAYERS);
    atMost(config, "n_embd", hidden, Integer.MAX_VALUE / 4);
    if (layerNormEpsilon < 0) {
      throw new CheckpointException(
          "%s: layer_norm_epsilon must be 0 or more, found %s"
              .formatted(config.file(), layerNormEpsilon));
    }
    if (hidden % heads != 0) {
      throw new CheckpointException(
          "%s: %s = %d is no multiple of %s = %d"
              .formatted(
                  config.file(),
                  config.written("n_embd"),
                  hidden,
                  config.written("n_head"),
                  heads));
    }
    if (config.flag("add_cross_attention", false)) {
      throw new CheckpointException(
          "%s: add_cross_attention is true; only decoders without an encoder can be run"
              .formatted(config.file()));
    }
    try {
      Activation.kernel(activation);
    } catch (CheckpointException e) {
      throw new CheckpointException(config.file() + ": " + e.getMessage(), e);
    }
  }

  private static void atMost(ModelConfig config, String key, int value, int most) {
    if (value > most) {
      throw new CheckpointException(
          "%s: %s must be at most %d, found %d"
              .formatted(config.file(), config.written(key), most, value));
    }
  }

  private static int positive(ModelConfig config, String key, int otherwise) {
    int value = config.integer(key, otherwise);
    if (value < 1) {
      throw new CheckpointException(
          "%s: %s must be 1 or more, found %d"
              .formatted(config.file(), config.written(key), value));
    }
    return value;
  }

  int headDim() {
    return hidden / heads;
  }

  /** What the products of queries and keys are multiplied with. */
  double attentionScale(int layer) {
    double scale = scaleAttention ? 1 / Math.sqrt(headDim()) : 1;
    return scaleByLayer ? scale / (layer + 1) : scale;
  }
}
