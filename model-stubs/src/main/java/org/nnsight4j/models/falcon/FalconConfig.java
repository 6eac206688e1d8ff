package org.nnsight4j.models.falcon;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Falcon's config.json that change numbers, with Hugging Face's defaults ({@code
 * FalconConfig} of transformers 5).
 *
 * @param rope null with {@code alibi}
 */
record FalconConfig(
    int layers,
    Sizes sizes,
    Norms norms,
    String activation,
    double epsilon,
    boolean bias,
    boolean tied,
    @Nullable Rope rope) {
  private static final double USUAL_THETA = 10_000;

  /** The normalisations of a block. */
  enum Norms {
    /** One for both halves, which add at once. */
    ONE,
    /** One for each half; both add at once. */
    TWO,
    /** One for each half; one adds after the other. */
    IN_TURN
  }

  static FalconConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_hidden_layers", 32);
    int hidden = config.positive("hidden_size", 4544);
    int heads = config.positive("num_attention_heads", 71);
    int headDim = config.headDim(hidden, "hidden_size", heads, "num_attention_heads");
    if (json.has("head_dim") || json.isNull("head_dim")) {
      throw config.wrong("head_dim", "is there, but follows from others in this family");
    }
    return new FalconConfig(
        layers,
        new Sizes(
            config.positive("vocab_size", 65_024),
            Sizes.NO_LIMIT,
            hidden,
            config.positiveOrNone("ffn_hidden_size", OptionalInt.empty()).orElse(4 * hidden),
            heads,
            keyHeads(config, heads),
            headDim),
        norms(config),
        config.activation("activation", "gelu"),
        config.epsilon("layer_norm_epsilon", 1e-5),
        config.flagOrOff("bias", false),
        config.flag("tie_word_embeddings", true),
        config.flagOrOff("alibi", false) ? null : rope(json, config, headDim));
  }

  private static boolean isNew(ConfigKeys config) {
    return config.flagOrOff("new_decoder_architecture", false);
  }

  private static int keyHeads(ConfigKeys config, int heads) {
    int given = config.positiveOrNone("num_kv_heads", OptionalInt.empty()).orElse(heads);
    if (isNew(config)) {
      if (heads % given != 0) {
        throw config.wrong(
            "num_attention_heads",
            "= %s is no multiple of num_kv_heads = %s".formatted(heads, given));
      }
      return given;
    }
    if (config.flagOrOff("multi_query", true)) {
      return 1;
    }
    if (given != heads) {
      throw config.wrong(
          "num_kv_heads",
          "is %s, but without multi_query and new_decoder_architecture each of num_attention_heads = %s has its own key"
              .formatted(given, heads));
    }
    return heads;
  }

  /** Refuses what transformers would fail on in its first pass. */
  private static Norms norms(ConfigKeys config) {
    boolean parallel = config.flagOrOff("parallel_attn", true);
    String key = "num_ln_in_parallel_attn";
    OptionalInt given = config.positiveOrNone(key, OptionalInt.empty());
    if (isNew(config)) {
      if (!parallel) {
        throw config.wrong("parallel_attn", "is off, but the new architecture has no other way");
      }
      int count = given.orElse(2);
      if (count > 2) {
        throw config.wrong(key, "is %s, expected 1 or 2".formatted(count));
      }
      return count == 2 ? Norms.TWO : Norms.ONE;
    }
    if (parallel && given.orElse(1) == 2) {
      throw config.wrong(key, "is 2, but only the new architecture has two normalisations");
    }
    return parallel ? Norms.ONE : Norms.IN_TURN;
  }

  private static Rope rope(ModelConfig json, ConfigKeys config, int headDim) {
    return new RopeReader(
            json, headDim, config.positive("max_position_embeddings", 2048), USUAL_THETA)
        .read();
  }
}
