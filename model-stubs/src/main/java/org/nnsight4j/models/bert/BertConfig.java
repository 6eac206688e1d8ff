package org.nnsight4j.models.bert;

import java.util.Set;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.internal.toolfile.KeyRules;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of BERT's config.json that change numbers, with Hugging Face's defaults ({@code
 * BertConfig} of transformers 5).
 */
record BertConfig(
    int layers,
    int vocabulary,
    int positions,
    int types,
    int hidden,
    int inner,
    int heads,
    int headDim,
    String activation,
    double epsilon,
    boolean tied) {
  private static final KeyRules RULES =
      KeyRules.refusing("changes what transformers computes, and nnsight4j does not compute it")
          .only(
              "is_decoder",
              KeyRules.OFF,
              "makes a decoder of it, which nnsight4j does not compute; BERT is read as a masked language model")
          .only(
              "position_embedding_type",
              Set.of("\"absolute\""),
              "adds positions in another way than transformers 5 still computes; only absolute ones are read")
          .build();

  static BertConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    RULES.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int hidden = config.positive("hidden_size", 768);
    int heads = config.positive("num_attention_heads", 12);
    return new BertConfig(
        config.layers("num_hidden_layers", 12),
        config.positive("vocab_size", 30_522),
        config.positive("max_position_embeddings", 512),
        config.positive("type_vocab_size", 2),
        hidden,
        config.positive("intermediate_size", 3072),
        heads,
        config.headDim(hidden, "hidden_size", heads, "num_attention_heads"),
        config.activation("hidden_act", "gelu"),
        config.epsilon("layer_norm_eps", 1e-12),
        config.flag("tie_word_embeddings", true));
  }

  /** The factor of the products of queries and keys. */
  double scale() {
    return Math.pow(headDim, -0.5);
  }
}
