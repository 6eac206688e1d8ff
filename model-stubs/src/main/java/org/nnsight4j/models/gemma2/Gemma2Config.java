package org.nnsight4j.models.gemma2;

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
 * The keys of Gemma 2's config.json that change numbers, with Hugging Face's defaults ({@code
 * Gemma2Config} of transformers 5).
 */
record Gemma2Config(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    double queryScalar,
    LayerTypes types,
    OptionalInt window,
    OptionalDouble scoreCap,
    OptionalDouble logitCap,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(256_000, 2304, 9216, 8, Usual.of(4), Usual.of(256));

  static Gemma2Config of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 26);
    Sizes sizes = SIZES.readDivided(config);
    return new Gemma2Config(
        layers,
        sizes,
        config.activation("hidden_activation", "gelu_pytorch_tanh"),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        config.above0("query_pre_attn_scalar", 256),
        LayerTypes.of(config, layers, layer -> layer % 2 == 0),
        config.positiveOrNone("sliding_window", OptionalInt.of(4096)),
        config.above0OrNone("attn_logit_softcapping", OptionalDouble.of(50)),
        config.above0OrNone("final_logit_softcapping", OptionalDouble.of(30)),
        config.flag("tie_word_embeddings", true),
        new RopeReader(
                json, sizes.headDim(), config.positive("max_position_embeddings", 8192), 10_000)
            .read());
  }
}
