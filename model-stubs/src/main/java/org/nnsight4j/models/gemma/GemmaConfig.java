package org.nnsight4j.models.gemma;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Gemma's config.json that change numbers, with Hugging Face's defaults ({@code
 * GemmaConfig} of transformers 5).
 */
record GemmaConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(256_000, 3072, 24_576, 16, Usual.of(16), Usual.of(256));

  static GemmaConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    Sizes sizes = SIZES.read(config);
    return new GemmaConfig(
        config.layers("num_hidden_layers", 28),
        sizes,
        activation(config),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        config.flag("tie_word_embeddings", true),
        new RopeReader(
                json, sizes.headDim(), config.positive("max_position_embeddings", 8192), 10_000)
            .read());
  }

  /** The first files say gelu and mean its approximation; transformers reads them so. */
  private static String activation(ConfigKeys config) {
    String name = config.activation("hidden_act", "gelu_pytorch_tanh");
    return name.equals("gelu") ? "gelu_pytorch_tanh" : name;
  }
}
