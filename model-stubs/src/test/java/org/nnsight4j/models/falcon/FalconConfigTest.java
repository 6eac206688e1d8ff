package org.nnsight4j.models.falcon;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a Falcon's config.json says, as {@code FalconConfig} of transformers 5.23 reads it. */
final class FalconConfigTest {
  private static final ConfigReading<FalconConfig> READ =
      new ConfigReading<>(new FalconFamily(), FalconConfig::of);
  private static final String NEW = "'new_decoder_architecture': true, ";

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new FalconConfig(
                32,
                new Sizes(65_024, Sizes.NO_LIMIT, 4544, 18_176, 71, 1, 64),
                FalconConfig.Norms.ONE,
                "gelu",
                1e-5,
                false,
                true,
                new Rope(64, 10_000, new Rope.Plain())));
  }

  @Test
  void layouts() {
    String small = "'hidden_size': 16, 'num_attention_heads': 4, ";
    assertThat(READ.of(small + NEW + "'num_kv_heads': 2").sizes().kvHeads()).isEqualTo(2);
    assertThat(READ.of(small + NEW + "'num_kv_heads': null").sizes().kvHeads()).isEqualTo(4);
    assertThat(READ.of(small + "'multi_query': false").sizes().kvHeads()).isEqualTo(4);
    assertThat(READ.of(small + "'num_kv_heads': 2").sizes().kvHeads()).isEqualTo(1);
  }

  @Test
  void normalisations() {
    assertThat(READ.of(NEW + "'num_ln_in_parallel_attn': null").norms())
        .isEqualTo(FalconConfig.Norms.TWO);
    assertThat(READ.of(NEW + "'num_ln_in_parallel_attn': 1").norms())
        .isEqualTo(FalconConfig.Norms.ONE);
    assertThat(READ.of("'parallel_attn': false").norms()).isEqualTo(FalconConfig.Norms.IN_TURN);
    READ.refuses(NEW + "'parallel_attn': false", "parallel_attn is off, but the new architecture");
    READ.refuses(NEW + "'num_ln_in_parallel_attn': 3", "num_ln_in_parallel_attn is 3, expected");
    READ.refuses("'num_ln_in_parallel_attn': 2", "is 2, but only the new architecture has two");
  }

  /** {@code FalconConfig} says that these may be none, which Python takes for false. */
  @Test
  void nullIsOff() {
    FalconConfig config =
        READ.of("'alibi': null, 'bias': null, 'parallel_attn': null, 'multi_query': null");
    assertThat(config.rope()).isNotNull();
    assertThat(config.bias()).isFalse();
    assertThat(config.norms()).isEqualTo(FalconConfig.Norms.IN_TURN);
    assertThat(config.sizes().kvHeads()).isEqualTo(71);
    assertThat(READ.of("'alibi': true").rope()).isNull();
  }

  @Test
  void nullWhereThereMustBeAValueIsRefused() {
    READ.refusesNull(
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "layer_norm_epsilon",
        "activation",
        "tie_word_embeddings",
        "max_position_embeddings",
        "rope_theta");
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses("'head_dim': 64", "head_dim is there, but follows from others");
    READ.refuses("'multi_query': false, 'num_kv_heads': 2", "num_kv_heads is 2, but without");
    READ.refuses(NEW + "'num_kv_heads': 2", "= 71 is no multiple of num_kv_heads = 2");
    READ.refuses("'activation': 'xielu'", "'xielu' is not known");
  }
}
