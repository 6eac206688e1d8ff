package org.nnsight4j.models.olmo3;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.LayerTypes;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of OLMo 3's config.json that change numbers, with Hugging Face's defaults ({@code
 * Olmo3Config} of transformers 5).
 */
record Olmo3Config(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    LayerTypes types,
    OptionalInt window,
    boolean tied,
    Rope full,
    Rope sliding) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(50_304, 4096, 11_008, 32, Usual.derived(), Usual.derived());
  private static final double USUAL_THETA = 500_000;

  static Olmo3Config of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 32);
    Sizes sizes = SIZES.read(config);
    RopeReader rope =
        new RopeReader(
            json, sizes.headDim(), config.positive("max_position_embeddings", 2048), USUAL_THETA);
    return new Olmo3Config(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-5),
        config.flag("attention_bias", false),
        LayerTypes.of(config, layers, layer -> (layer + 1) % 4 != 0),
        config.positiveOrNone("sliding_window", OptionalInt.of(4096)),
        config.flag("tie_word_embeddings", false),
        rope.read(LayerTypes.FULL, "rope_theta", true),
        // In older files the base applies to full layers alone, as transformers reads them.
        rope.read(LayerTypes.SLIDING, "", false));
  }
}
