package org.nnsight4j.models.phi3;

import java.util.OptionalInt;
import java.util.Set;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.LayerTypes;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.PartialRotary;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Phi-3's config.json that change numbers, with Hugging Face's defaults ({@code
 * Phi3Config} of transformers 5).
 */
record Phi3Config(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    OptionalInt window,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes USUAL =
      new LlamaSizes(32_064, 3072, 8192, 32, Usual.derived(), Usual.derived());
  private static final double USUAL_THETA = 10_000;
  private static final int USUAL_LENGTH = 4096;

  /**
   * "yarn" is an old name of longrope here; the length before stretching is never in the object.
   */
  private static final PartialRotary PARTIAL =
      new PartialRotary(
          "rope_theta", "partial_rotary_factor", 1, Set.of("yarn"), OptionalInt.of(USUAL_LENGTH));

  static Phi3Config of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 32);
    var unused = config.positiveIfGiven("head_dim");
    Sizes sizes = USUAL.read(config);
    OptionalInt window = config.positiveOrNone("sliding_window", OptionalInt.empty());
    LayerTypes.of(config, layers, layer -> window.isPresent()).requireAll(window.isPresent());
    return new Phi3Config(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-5),
        window,
        config.flag("tie_word_embeddings", false),
        rope(json, config, sizes));
  }

  private static Rope rope(ModelConfig json, ConfigKeys config, Sizes sizes) {
    Rope rope =
        new RopeReader(
                json,
                sizes.headDim(),
                config.positive("max_position_embeddings", USUAL_LENGTH),
                USUAL_THETA,
                PARTIAL)
            .read();
    if (rope.scaling() instanceof Rope.LongRope) {
      config.only("head_dim", sizes.hidden() / sizes.heads(), "that of the factors");
    } else if (!(rope.scaling() instanceof Rope.Plain)) {
      throw config.wrong(
          json.has("rope_scaling") ? "rope_scaling" : "rope_parameters",
          "has another type than longrope, which Phi3Config refuses");
    }
    return rope;
  }
}
