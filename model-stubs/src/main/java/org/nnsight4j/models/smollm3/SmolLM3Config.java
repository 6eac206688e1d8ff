package org.nnsight4j.models.smollm3;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
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
 * The keys of SmolLM 3's config.json that change numbers, with Hugging Face's defaults ({@code
 * SmolLM3Config} of transformers 5).
 */
record SmolLM3Config(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean attentionBias,
    boolean mlpBias,
    List<Boolean> turns,
    LayerTypes types,
    OptionalInt window,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(128_256, 2048, 11_008, 16, Usual.unlessNull(4), Usual.derived());

  static SmolLM3Config of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 36);
    Sizes sizes = SIZES.read(config);
    List<Boolean> turns = turns(config, layers);
    OptionalInt window = config.positiveOrNone("sliding_window", OptionalInt.empty());
    boolean slides = config.flag("use_sliding_window", false) && window.isPresent();
    return new SmolLM3Config(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        config.flag("mlp_bias", false),
        turns,
        LayerTypes.of(config, layers, layer -> slides && !turns.get(layer)),
        window,
        config.flag("tie_word_embeddings", true),
        new RopeReader(
                json,
                sizes.headDim(),
                config.positive("max_position_embeddings", 32_768),
                2_000_000)
            .read());
  }

  /** Which layers have rotary positions: those with a number other than 0. */
  private static List<Boolean> turns(ConfigKeys config, int layers) {
    String key = "no_rope_layers";
    int interval = config.positive("no_rope_layer_interval", 4);
    if (!config.config().has(key)) {
      return IntStream.range(0, layers).mapToObj(layer -> (layer + 1) % interval != 0).toList();
    }
    List<Integer> each = config.config().integers(key);
    if (each.size() != layers) {
      throw config.wrong(
          key, "has %s entries, expected one for each of %s layers".formatted(each.size(), layers));
    }
    return each.stream().map(turns -> turns != 0).toList();
  }
}
