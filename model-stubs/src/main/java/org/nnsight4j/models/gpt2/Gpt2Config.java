package org.nnsight4j.models.gpt2;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of GPT-2's config.json that change numbers, with Hugging Face's defaults ({@code
 * GPT2Config}). Dropout rates do not: models always run in evaluation mode.
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
  static Gpt2Config of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int hidden = config.atMost("n_embd", config.positive("n_embd", 768), Integer.MAX_VALUE / 4);
    int heads = config.positive("n_head", 12);
    if (hidden % heads != 0) {
      throw config.wrong(
          "n_embd", "= %s is no multiple of %s = %s".formatted(hidden, json.path("n_head"), heads));
    }
    return new Gpt2Config(
        config.layers("n_layer", 12),
        heads,
        hidden,
        config.positiveOrNone("n_inner", OptionalInt.empty()).orElse(4 * hidden),
        config.positive("n_positions", 1024),
        config.positive("vocab_size", 50257),
        config.epsilon("layer_norm_epsilon", 1e-5),
        config.activation("activation_function", "gelu_new"),
        config.flag("scale_attn_weights", true),
        config.flag("scale_attn_by_inverse_layer_idx", false),
        config.flag("tie_word_embeddings", true));
  }

  int headDim() {
    return hidden / heads;
  }

  /** The factor for the products of queries and keys. */
  double attentionScale(int layer) {
    double scale = scaleAttention ? 1 / Math.sqrt(headDim()) : 1;
    return scaleByLayer ? scale / (layer + 1) : scale;
  }
}
