package org.nnsight4j.models.gptj;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of GPT-J's config.json that change numbers, with Hugging Face's defaults ({@code
 * GPTJConfig} of transformers 5).
 */
record GptJConfig(
    int layers, Sizes sizes, String activation, double epsilon, boolean tied, Rope rope) {
  /** No key of config.json changes it. */
  private static final double THETA = 10_000;

  static GptJConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("n_layer", 28);
    int hidden = config.positive("n_embd", 4096);
    int heads = config.positive("n_head", 16);
    int headDim = config.headDim(hidden, "n_embd", heads, "n_head");
    int inner = config.positiveOrNone("n_inner", OptionalInt.empty()).orElse(4 * hidden);
    return new GptJConfig(
        layers,
        new Sizes(
            config.positive("vocab_size", 50_400),
            config.positive("n_positions", 2048),
            hidden,
            inner,
            heads,
            heads,
            headDim),
        config.activation("activation_function", "gelu_new"),
        config.epsilon("layer_norm_epsilon", 1e-5),
        config.flag("tie_word_embeddings", false),
        rope(config, headDim));
  }

  private static Rope rope(ConfigKeys config, int headDim) {
    int width = config.positive("rotary_dim", 64);
    if (width > headDim || width % 2 != 0) {
      throw config.wrong(
          "rotary_dim",
          "is %s, expected an even number of the %s features of a head".formatted(width, headDim));
    }
    return new Rope(width, THETA, new Rope.Plain(), true);
  }
}
