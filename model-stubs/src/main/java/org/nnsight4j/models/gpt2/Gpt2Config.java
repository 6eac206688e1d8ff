package org.nnsight4j.models.gpt2;

import java.util.OptionalInt;
import java.util.Set;
import org.nnsight4j.checkpoint.KeyRules;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.models.decoder.ConfigKeys;

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
  /** What transformers computes otherwise; other keys, known or not, change nothing there. */
  private static final KeyRules RULES =
      KeyRules.refusing("changes what transformers computes, and nnsight4j does not compute it")
          .only("is_causal", Set.of("true"))
          .only("layer_types", KeyRules.OFF)
          .only("sliding_window", Set.of())
          .only("attention_chunk_size", Set.of())
          .only("per_layer_config", KeyRules.OFF)
          .only("fusion_config", KeyRules.OFF)
          .only("is_encoder_decoder", KeyRules.OFF)
          .only(
              "add_cross_attention",
              KeyRules.OFF,
              "is not computed; only decoders without an encoder can be run")
          .only(
              "quantization_config",
              KeyRules.OFF,
              "says that the weights are quantized; open the model as it was before, or save it dequantized")
          .only(
              "transformers_weights",
              KeyRules.OFF,
              "names another file of weights than model.safetensors; rename that file and remove the key")
          .build();

  static Gpt2Config of(ModelConfig json) {
    RULES.check(json);
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

  /** What the products of queries and keys are multiplied with. */
  double attentionScale(int layer) {
    double scale = scaleAttention ? 1 / Math.sqrt(headDim()) : 1;
    return scaleByLayer ? scale / (layer + 1) : scale;
  }
}
