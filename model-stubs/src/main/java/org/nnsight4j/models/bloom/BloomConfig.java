package org.nnsight4j.models.bloom;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of BLOOM's config.json that change numbers, with Hugging Face's defaults ({@code
 * BloomConfig} of transformers 5). {@code slow_but_exact} only adds in another order.
 *
 * @param toNormed whether halves add to the normalised stream
 */
record BloomConfig(int layers, Sizes sizes, double epsilon, boolean toNormed, boolean tied) {
  static BloomConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("n_layer", 2);
    int hidden = config.positive("hidden_size", 64);
    int heads = config.positive("n_head", 8);
    int headDim = config.headDim(hidden, "hidden_size", heads, "n_head");
    return new BloomConfig(
        layers,
        new Sizes(
            config.positive("vocab_size", 250_880),
            Sizes.NO_LIMIT,
            hidden,
            4 * hidden,
            heads,
            heads,
            headDim),
        config.epsilon("layer_norm_epsilon", 1e-5),
        config.flag("apply_residual_connection_post_layernorm", false),
        config.flag("tie_word_embeddings", true));
  }
}
