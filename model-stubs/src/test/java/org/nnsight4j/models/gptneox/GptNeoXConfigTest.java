package org.nnsight4j.models.gptneox;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a GPT-NeoX's config.json says, as {@code GPTNeoXConfig} of transformers 5.23 reads it. */
final class GptNeoXConfigTest {
  private static final ConfigReading<GptNeoXConfig> READ =
      new ConfigReading<>(new GptNeoXFamily(), GptNeoXConfig::of);
  private static final String SMALL = "'hidden_size': 64, 'num_attention_heads': 4, ";

  @Test
  void absentIsTheClassDefault() {
    GptNeoXConfig config = READ.of("");
    assertThat(config.layers()).isEqualTo(44);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(50_432, Sizes.NO_LIMIT, 6144, 24_576, 64, 64, 96));
    assertThat(config.activation()).isEqualTo("gelu");
    assertThat(config.epsilon()).isEqualTo(1e-5);
    assertThat(config.parallel()).isTrue();
    assertThat(config.attentionBias()).isTrue();
    assertThat(config.tied()).isFalse();
    assertThat(config.rope()).isEqualTo(new Rope(24, 10_000, new Rope.Plain()));
  }

  @Test
  void oldAndNewKeysForPositionsMeanTheSame() {
    Rope wanted = new Rope(8, 500, new Rope.Linear(2));
    assertThat(
            READ.of(
                    SMALL
                        + "'rotary_pct': 0.5, 'rotary_emb_base': 500,"
                        + " 'rope_scaling': {'type': 'linear', 'factor': 2}")
                .rope())
        .isEqualTo(wanted);
    assertThat(
            READ.of(
                    SMALL
                        + "'rotary_pct': 0.75, 'rotary_emb_base': 7, 'rope_parameters': {'rope_type':"
                        + " 'linear', 'factor': 2, 'rope_theta': 500, 'partial_rotary_factor': 0.5}")
                .rope())
        .isEqualTo(wanted);
    // Other families' words for the base, which GPTNeoXConfig does not read.
    assertThat(READ.of(SMALL + "'rope_theta': 500").rope().theta()).isEqualTo(10_000);
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
        "attention_bias",
        "use_parallel_residual",
        "tie_word_embeddings",
        "max_position_embeddings",
        "rotary_emb_base",
        "rotary_pct");
  }

  @Test
  void unsupportedKeysThatChangeNumbersAreRefused() {
    READ.refuses("'hidden_act': 'xielu'", "'xielu' is not known");
    READ.refuses("'is_causal': false", "is_causal=false changes what transformers computes");
    READ.refuses("'sliding_window': 4", "sliding_window=4 changes");
    READ.refuses("'head_dim': 32", "head_dim is 32, but is hidden_size / num_attention_heads = 96");
    READ.refuses("'hidden_size': 63", "hidden_size = 63 is no multiple");
    READ.refuses("'rope_scaling': {'type': 'su'}", "rope_scaling.type is 'su'");
  }

  @Test
  void partsOfHeadsThatCannotBeRotatedAreRefused() {
    READ.refuses(SMALL + "'rotary_pct': 0.05", "rotary_pct is 0.05, so that 0 of the 16 features");
    READ.refuses(SMALL + "'rotary_pct': 1.5", "rotary_pct is 1.5, so that 24 of the 16 features");
    READ.refuses(
        SMALL + "'rotary_pct': 0.32, 'rope_scaling': {'type': 'yarn', 'factor': 2}",
        "rotary_pct turns 5 features of a head, but 'yarn' needs pairs");
  }
}
