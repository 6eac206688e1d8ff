package org.nnsight4j.models.gptneox;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.PartialRotary;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of GPT-NeoX's config.json that change numbers, with Hugging Face's defaults ({@code
 * GPTNeoXConfig} of transformers 5).
 */
record GptNeoXConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean parallel,
    boolean attentionBias,
    boolean tied,
    Rope rope) {
  private static final double USUAL_THETA = 10_000;
  private static final PartialRotary PARTIAL =
      new PartialRotary("rotary_emb_base", "rotary_pct", 0.25);

  static GptNeoXConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 44);
    int hidden = config.positive("hidden_size", 6144);
    int heads = config.positive("num_attention_heads", 64);
    int headDim = config.headDim(hidden, "hidden_size", heads, "num_attention_heads");
    config.only("head_dim", headDim, "hidden_size / num_attention_heads");
    return new GptNeoXConfig(
        layers,
        new Sizes(
            config.positive("vocab_size", 50_432),
            Sizes.NO_LIMIT,
            hidden,
            config.positive("intermediate_size", 24_576),
            heads,
            heads,
            headDim),
        config.activation("hidden_act", "gelu"),
        config.epsilon("layer_norm_eps", 1e-5),
        config.flag("use_parallel_residual", true),
        config.flag("attention_bias", true),
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json,
                headDim,
                config.positive("max_position_embeddings", 2048),
                USUAL_THETA,
                PARTIAL)
            .read());
  }
}
