package org.nnsight4j.models.llama;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Llama's config.json that change numbers, with Hugging Face's defaults ({@code
 * LlamaConfig} of transformers 5).
 */
record LlamaConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean attentionBias,
    boolean mlpBias,
    boolean tied,
    Rope rope) {
  private static final double USUAL_THETA = 10_000;

  static LlamaConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 32);
    Sizes sizes = sizes(config);
    return new LlamaConfig(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        config.flag("mlp_bias", false),
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json,
                sizes.headDim(),
                config.positive("max_position_embeddings", 2048),
                USUAL_THETA)
            .read());
  }

  private static Sizes sizes(ConfigKeys config) {
    int hidden = config.positive("hidden_size", 4096);
    int heads = config.positive("num_attention_heads", 32);
    if (hidden % heads != 0) {
      throw config.wrong(
          "hidden_size",
          "= %s is no multiple of num_attention_heads = %s".formatted(hidden, heads));
    }
    int kvHeads = config.positiveOrNone("num_key_value_heads", OptionalInt.empty()).orElse(heads);
    if (heads % kvHeads != 0) {
      throw config.wrong(
          "num_attention_heads",
          "= %s is no multiple of num_key_value_heads = %s".formatted(heads, kvHeads));
    }
    int headDim = config.positiveOrNone("head_dim", OptionalInt.empty()).orElse(hidden / heads);
    config.checkWidth("num_attention_heads and head_dim", (long) heads * headDim);
    return new Sizes(
        config.positive("vocab_size", 32_000),
        Sizes.NO_LIMIT,
        hidden,
        config.positive("intermediate_size", 11_008),
        heads,
        kvHeads,
        headDim);
  }
}
