package org.nnsight4j.models.gptoss;

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
 * The keys of GPT-OSS's config.json that change numbers, with Hugging Face's defaults ({@code
 * GptOssConfig} of transformers 5).
 */
record GptOssConfig(
    int layers,
    Sizes sizes,
    double epsilon,
    boolean bias,
    LayerTypes types,
    OptionalInt window,
    int experts,
    int chosen,
    double alpha,
    double limit,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(201_088, 2880, 2880, 64, Usual.of(8), Usual.of(64));

  /** The class's default for rotary positions. */
  private static final String USUAL_ROPE =
      """
      {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0,
       "truncate": false, "original_max_position_embeddings": 4096}
      """;

  static GptOssConfig of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    Sizes sizes = SIZES.read(config);
    int layers = config.layers("num_hidden_layers", 36);
    int experts = ExpertKeys.experts(config, "num_local_experts", 128);
    return new GptOssConfig(
        layers,
        sizes,
        config.epsilon("rms_norm_eps", 1e-5),
        config.flag("attention_bias", true),
        LayerTypes.of(config, layers, layer -> layer % 2 == 0),
        config.positiveOrNone("sliding_window", OptionalInt.of(128)),
        experts,
        ExpertKeys.chosen(config, 4, experts),
        config.number("swiglu_alpha", 1.702),
        config.above0("swiglu_limit", 7),
        config.flag("tie_word_embeddings", false),
        rope(json, config, sizes).withHalfTables());
  }

  private static Rope rope(ModelConfig json, ConfigKeys config, Sizes sizes) {
    RopeReader rope =
        new RopeReader(
            json, sizes.headDim(), config.positive("max_position_embeddings", 131_072), 150_000);
    boolean said =
        json.has("rope_parameters")
            || json.json("rope_scaling").filter(text -> !text.equals("{}")).isPresent();
    return said ? rope.read() : rope.read(ModelConfig.parse(json.file(), USUAL_ROPE));
  }
}
