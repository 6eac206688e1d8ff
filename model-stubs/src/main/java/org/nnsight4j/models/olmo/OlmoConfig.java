package org.nnsight4j.models.olmo;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.Mixing;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of OLMo 1's config.json that change numbers, with Hugging Face's defaults ({@code
 * OlmoConfig} of transformers 5).
 */
record OlmoConfig(
    int layers,
    Sizes sizes,
    String activation,
    boolean attentionBias,
    @Nullable Double clip,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes USUAL =
      new LlamaSizes(50_304, 4096, 11_008, 32, Usual.derived(), Usual.derived());
  private static final double USUAL_THETA = 10_000;

  static OlmoConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 32);
    var unused = config.positiveIfGiven("head_dim");
    Sizes sizes = USUAL.read(config);
    return new OlmoConfig(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.flag("attention_bias", false),
        Mixing.orNull(config.above0OrNone("clip_qkv", OptionalDouble.empty())),
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json,
                sizes.headDim(),
                config.positive("max_position_embeddings", 2048),
                USUAL_THETA)
            .read());
  }
}
