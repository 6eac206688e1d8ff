package org.nnsight4j.models.opt;

import java.util.OptionalInt;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of OPT's config.json that change numbers, with Hugging Face's defaults ({@code
 * OPTConfig} of transformers 5).
 *
 * @param embedding the width of token embeddings
 * @param before whether normalisations come before the halves of a block
 * @param lastNorm whether the stack ends with a normalisation
 * @param affine whether normalisations have parameters
 */
record OptConfig(
    int layers,
    Sizes sizes,
    int embedding,
    String activation,
    boolean before,
    boolean lastNorm,
    boolean bias,
    boolean affine,
    boolean tied) {
  static OptConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 12);
    int hidden = config.positive("hidden_size", 768);
    int heads = config.positive("num_attention_heads", 12);
    int headDim = config.headDim(hidden, "hidden_size", heads, "num_attention_heads");
    boolean before = config.flag("do_layer_norm_before", true);
    return new OptConfig(
        layers,
        new Sizes(
            config.positive("vocab_size", 50_272),
            config.positive("max_position_embeddings", 2048),
            hidden,
            config.positive("ffn_dim", 3072),
            heads,
            heads,
            headDim),
        config.positiveOrNone("word_embed_proj_dim", OptionalInt.empty()).orElse(hidden),
        config.activation("activation_function", "relu"),
        before,
        before && !config.flag("_remove_final_layer_norm", false),
        config.flag("enable_bias", true),
        config.flag("layer_norm_elementwise_affine", true),
        config.flag("tie_word_embeddings", true));
  }

  boolean isNarrow() {
    return embedding != sizes.hidden();
  }
}
