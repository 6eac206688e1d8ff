package org.nnsight4j.models.olmo2;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of OLMo 2's config.json that change numbers, with Hugging Face's defaults ({@code
 * Olmo2Config} of transformers 5).
 */
record Olmo2Config(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(50_304, 4096, 11_008, 32, Usual.derived(), Usual.derived());

  static Olmo2Config of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    Sizes sizes = SIZES.read(config);
    return new Olmo2Config(
        config.layers("num_hidden_layers", 32),
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-5),
        config.flag("attention_bias", false),
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json, sizes.headDim(), config.positive("max_position_embeddings", 2048), 10_000)
            .read());
  }
}
