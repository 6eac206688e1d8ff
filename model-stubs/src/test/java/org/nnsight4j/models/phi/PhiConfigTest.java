package org.nnsight4j.models.phi;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a Phi's config.json says, as {@code PhiConfig} of transformers 5.23 reads it. */
final class PhiConfigTest {
  private static final ConfigReading<PhiConfig> READ =
      new ConfigReading<>(new PhiFamily(), PhiConfig::of);

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new PhiConfig(
                24,
                new Sizes(51_200, Sizes.NO_LIMIT, 2048, 8192, 32, 32, 64),
                "gelu_new",
                1e-5,
                false,
                false,
                new Rope(32, 10_000, new Rope.Plain())));
  }

  @Test
  void howMuchOfAHeadIsRotated() {
    assertThat(READ.of("'partial_rotary_factor': 0.4, 'hidden_size': 2560").rope().width())
        .isEqualTo(32);
    assertThat(
            READ.of(
                    "'partial_rotary_factor': 0.25, 'rope_parameters': {'rope_type': 'default',"
                        + " 'rope_theta': 7, 'partial_rotary_factor': 0.75}")
                .rope())
        .isEqualTo(new Rope(48, 7, new Rope.Plain()));
    assertThat(READ.of("'head_dim': 20, 'num_key_value_heads': null").sizes().headDim())
        .isEqualTo(20);
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
        "layer_norm_eps",
        "qk_layernorm",
        "tie_word_embeddings",
        "max_position_embeddings",
        "partial_rotary_factor",
        "rope_theta",
        "head_dim");
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses(
        "'partial_rotary_factor': 0.8",
        "partial_rotary_factor turns 51 features of a head, but PhiAttention needs pairs");
    READ.refuses("'rope_scaling': {'type': 'proportional'}", "rope_parameters is 'proportional'");
    READ.refuses("'qk_layernorm': true, 'head_dim': 32", "head_dim is 32, but is the width of");
    READ.refuses("'sliding_window': 3", "sliding_window=3 changes");
    READ.refuses("'num_key_value_heads': 5", "is no multiple of num_key_value_heads = 5");
  }
}
