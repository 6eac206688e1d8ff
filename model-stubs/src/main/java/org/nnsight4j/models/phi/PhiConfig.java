package org.nnsight4j.models.phi;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.PartialRotary;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Phi's config.json that change numbers, with Hugging Face's defaults ({@code
 * PhiConfig} of transformers 5).
 */
record PhiConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean normedHeads,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes USUAL =
      new LlamaSizes(51_200, 2048, 8192, 32, Usual.derived(), Usual.derived());
  private static final double USUAL_THETA = 10_000;
  private static final PartialRotary PARTIAL =
      new PartialRotary("rope_theta", "partial_rotary_factor", 0.5);

  static PhiConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 24);
    var unused = config.positiveIfGiven("head_dim");
    Sizes sizes = USUAL.read(config);
    boolean normed = config.flag("qk_layernorm", false);
    if (normed) {
      config.only("head_dim", sizes.hidden() / sizes.heads(), "the width of q_layernorm");
    }
    return new PhiConfig(
        layers,
        sizes,
        config.activation("hidden_act", "gelu_new"),
        config.epsilon("layer_norm_eps", 1e-5),
        normed,
        config.flag("tie_word_embeddings", false),
        rope(json, config, sizes));
  }

  private static Rope rope(ModelConfig json, ConfigKeys config, Sizes sizes) {
    Rope rope =
        new RopeReader(
                json,
                sizes.headDim(),
                config.positive("max_position_embeddings", 2048),
                USUAL_THETA,
                PARTIAL)
            .read();
    if (rope.width() % 2 != 0) {
      throw config.wrong(
          "partial_rotary_factor",
          "turns %s features of a head, but PhiAttention needs pairs".formatted(rope.width()));
    }
    if (rope.scaling() instanceof Rope.Proportional) {
      throw config.wrong(
          "rope_parameters", "is 'proportional', which PhiAttention cannot turn heads by");
    }
    return rope;
  }
}
