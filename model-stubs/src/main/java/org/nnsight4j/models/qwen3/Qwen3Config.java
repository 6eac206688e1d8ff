package org.nnsight4j.models.qwen3;

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
 * The keys of Qwen 3's config.json that change numbers, with Hugging Face's defaults ({@code
 * Qwen3Config} of transformers 5).
 */
record Qwen3Config(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    LayerTypes types,
    OptionalInt window,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(151_936, 4096, 22_016, 32, Usual.unlessNull(32), Usual.of(128));

  static Qwen3Config of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 32);
    Sizes sizes = SIZES.read(config);
    OptionalInt window =
        config.flag("use_sliding_window", false)
            ? config.positiveOrNone("sliding_window", OptionalInt.of(4096))
            : OptionalInt.empty();
    int full = config.integer("max_window_layers", 28);
    return new Qwen3Config(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        LayerTypes.of(config, layers, layer -> window.isPresent() && layer >= full),
        window,
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json, sizes.headDim(), config.positive("max_position_embeddings", 32_768), 10_000)
            .read());
  }
}
