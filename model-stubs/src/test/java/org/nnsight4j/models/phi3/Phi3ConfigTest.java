package org.nnsight4j.models.phi3;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a Phi-3's config.json says, as {@code Phi3Config} of transformers 5.23 reads it. */
final class Phi3ConfigTest {
  private static final ConfigReading<Phi3Config> READ =
      new ConfigReading<>(new Phi3Family(), Phi3Config::of);
  private static final String SMALL =
      "'hidden_size': 16, 'num_attention_heads': 4, 'max_position_embeddings': 8192, ";
  private static final String FACTORS = "'short_factor': [1, 2], 'long_factor': [3, 4]";

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new Phi3Config(
                32,
                new Sizes(32_064, Sizes.NO_LIMIT, 3072, 8192, 32, 32, 96),
                "silu",
                1e-5,
                OptionalInt.empty(),
                false,
                new Rope(96, 10_000, new Rope.Plain())));
  }

  /**
   * The length before stretching is the one beside the object, or 4096, whatever the object has.
   */
  @Test
  void longRope() {
    double factor = Math.sqrt(1 + Math.log(2) / Math.log(4096));
    Rope wanted =
        new Rope(4, 10_000, new Rope.LongRope(List.of(1.0, 2.0), List.of(3.0, 4.0), 4096, factor));
    assertThat(READ.of(SMALL + "'rope_scaling': {'type': 'longrope', " + FACTORS + "}").rope())
        .isEqualTo(wanted);
    assertThat(
            READ.of(
                    SMALL
                        + "'rope_scaling': {'type': 'yarn', 'original_max_position_embeddings': 9, "
                        + FACTORS
                        + "}")
                .rope())
        .isEqualTo(wanted);
    assertThat(
            ((Rope.LongRope)
                    READ.of(
                            SMALL
                                + "'original_max_position_embeddings': 16, 'rope_scaling': {'type':"
                                + " 'longrope', "
                                + FACTORS
                                + "}")
                        .rope()
                        .scaling())
                .original())
        .isEqualTo(16);
  }

  @Test
  void windows() {
    assertThat(READ.of("'sliding_window': 2047").window()).isEqualTo(OptionalInt.of(2047));
    assertThat(READ.of("'sliding_window': null").window()).isEmpty();
  }

  @Test
  void nullWhereThereMustBeAValueIsRefused() {
    READ.refusesNull(
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "intermediate_size",
        "hidden_act",
        "rms_norm_eps",
        "max_position_embeddings",
        "partial_rotary_factor",
        "rope_theta",
        "head_dim",
        "tie_word_embeddings");
  }

  @Test
  void valuesThatTransformersRefusesAreRefused() {
    READ.refuses(
        "'rope_scaling': {'type': 'linear', 'factor': 2}", "rope_scaling has another type than");
    READ.refuses("'rope_scaling': {'type': 'su', " + FACTORS + "}", "rope_scaling.type is 'su'");
    READ.refuses(
        "'rope_scaling': {'type': 'longrope', " + FACTORS + "}",
        "rope_scaling.short_factor has 2 numbers, expected one for each of 48 pairs");
    READ.refuses(
        "'num_attention_heads': 4, 'head_dim': 4, 'hidden_size': 32, 'rope_scaling': {'type': 'longrope', "
            + FACTORS
            + "}",
        "head_dim is 4, but is that of the factors = 8");
  }
}
