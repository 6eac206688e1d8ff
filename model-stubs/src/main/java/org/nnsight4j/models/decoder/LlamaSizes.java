package org.nnsight4j.models.decoder;

import java.util.OptionalInt;

/**
 * Reads the lengths of a model whose config.json has Llama's keys; absent keys have the default of
 * the family's class in transformers 5.
 *
 * @param inner {@code intermediate_size}
 * @param keyHeads {@code num_key_value_heads}; if derived, the number of query heads
 * @param headDim {@code head_dim}; if derived, {@code hidden_size} divided by the number of heads
 */
public record LlamaSizes(
    int vocabulary, int hidden, int inner, int heads, Usual keyHeads, Usual headDim) {
  /**
   * The default of a length that may be derived from others.
   *
   * @param absent the value if the key is absent; empty if it is then derived
   * @param nullable whether null means that it is derived; otherwise null is refused
   */
  public record Usual(OptionalInt absent, boolean nullable) {
    /** A number, whether or not the key is absent. */
    public static Usual of(int length) {
      return new Usual(OptionalInt.of(length), false);
    }

    /** A number if the key is absent, derived if it is null. */
    public static Usual unlessNull(int length) {
      return new Usual(OptionalInt.of(length), true);
    }

    /** Derived unless it is given. */
    public static Usual derived() {
      return new Usual(OptionalInt.empty(), true);
    }

    private OptionalInt read(ConfigKeys config, String key) {
      return nullable || absent.isEmpty()
          ? config.positiveOrNone(key, absent)
          : OptionalInt.of(config.positive(key, absent.getAsInt()));
    }
  }

  /** The lengths of a configuration whose class does not check that heads divide the width. */
  public Sizes read(ConfigKeys config) {
    int width = config.positive("hidden_size", hidden);
    int queries = config.positive("num_attention_heads", heads);
    int keys = keyHeads.read(config, "num_key_value_heads").orElse(queries);
    if (queries % keys != 0) {
      throw config.wrong(
          "num_attention_heads",
          "= %s is no multiple of num_key_value_heads = %s".formatted(queries, keys));
    }
    int each = headDim.read(config, "head_dim").orElse(width / queries);
    if (each == 0) {
      throw config.wrong(
          "hidden_size",
          "= %s leaves no feature for each of num_attention_heads = %s".formatted(width, queries));
    }
    config.checkWidth("num_attention_heads and head_dim", (long) queries * each);
    return new Sizes(
        config.positive("vocab_size", vocabulary),
        Sizes.NO_LIMIT,
        width,
        config.positive("intermediate_size", inner),
        queries,
        keys,
        each);
  }

  /** The same, for a class that checks. */
  public Sizes readDivided(ConfigKeys config) {
    Sizes sizes = read(config);
    if (sizes.hidden() % sizes.heads() != 0) {
      throw config.wrong(
          "hidden_size",
          "= %s is no multiple of num_attention_heads = %s"
              .formatted(sizes.hidden(), sizes.heads()));
    }
    return sizes;
  }
}
