package org.nnsight4j.models.gemma3;

import java.util.OptionalDouble;
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
 * The keys of Gemma 3's config.json that change numbers, with Hugging Face's defaults ({@code
 * Gemma3TextConfig} of transformers 5).
 */
record Gemma3TextConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    double queryScalar,
    LayerTypes types,
    OptionalInt window,
    OptionalDouble logitCap,
    boolean tied,
    Rope full,
    Rope sliding) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(262_208, 2304, 9216, 8, Usual.of(4), Usual.of(256));

  /** Reads the file of a text model, or the text part of a multimodal one. */
  static Gemma3TextConfig of(ModelConfig json) {
    if (!json.modelType().equals("gemma3")) {
      return of(json, new ConfigKeys(json).flag("tie_word_embeddings", true));
    }
    UncomputedKeys.check(json);
    ModelConfig text =
        json.section("text_config").orElseGet(() -> ModelConfig.parse(json.file(), "{}"));
    return of(text, new ConfigKeys(json).flag("tie_word_embeddings", true));
  }

  private static Gemma3TextConfig of(ModelConfig json, boolean tied) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 26);
    Sizes sizes = SIZES.readDivided(config);
    int pattern = config.positive("sliding_window_pattern", 6);
    int positions = config.positive("max_position_embeddings", 131_072);
    return new Gemma3TextConfig(
        layers,
        sizes,
        config.activation("hidden_activation", "gelu_pytorch_tanh"),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        config.above0("query_pre_attn_scalar", 256),
        LayerTypes.of(config, layers, layer -> (layer + 1) % pattern != 0),
        config.positiveOrNone("sliding_window", OptionalInt.of(4096)),
        config.above0OrNone("final_logit_softcapping", OptionalDouble.empty()),
        tied,
        new RopeReader(json, sizes.headDim(), positions, 1_000_000)
            .read(LayerTypes.FULL, "rope_theta", true),
        new RopeReader(json, sizes.headDim(), positions, 10_000)
            .read(LayerTypes.SLIDING, "rope_local_base_freq", false));
  }
}
