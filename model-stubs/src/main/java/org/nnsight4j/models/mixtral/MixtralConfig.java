package org.nnsight4j.models.mixtral;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.ExpertKeys;
import org.nnsight4j.models.decoder.LayerTypes;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Mixtral's config.json that change numbers, with Hugging Face's defaults ({@code
 * MixtralConfig} of transformers 5).
 */
record MixtralConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    OptionalInt window,
    int experts,
    int chosen,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(32_000, 4096, 14_336, 32, Usual.of(8), Usual.derived());

  static MixtralConfig of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    Sizes sizes = SIZES.read(config);
    int layers = config.layers("num_hidden_layers", 32);
    OptionalInt window = config.positiveOrNone("sliding_window", OptionalInt.empty());
    LayerTypes.of(config, layers, layer -> window.isPresent()).requireAll(window.isPresent());
    int experts = ExpertKeys.experts(config, "num_local_experts", 8);
    return new MixtralConfig(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-5),
        window,
        experts,
        ExpertKeys.chosen(config, 2, experts),
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json,
                sizes.headDim(),
                config.positive("max_position_embeddings", 131_072),
                1_000_000)
            .read());
  }
}
