package org.nnsight4j.models.mixtral;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code MixtralConfig} of transformers 5.23 reads it. */
final class MixtralConfigTest {
  private static final ConfigText<MixtralConfig> FILE =
      new ConfigText<>("mixtral", MixtralConfig::of);

  @Test
  void absentIsTheClassDefault() {
    MixtralConfig config = FILE.of();
    assertThat(config.layers()).isEqualTo(32);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(32_000, Sizes.NO_LIMIT, 4096, 14_336, 32, 8, 128));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-5);
    assertThat(config.tied()).isFalse();
    assertThat(config.window()).isEmpty();
    assertThat(config.experts()).isEqualTo(8);
    assertThat(config.chosen()).isEqualTo(2);
    assertThat(config.rope()).isEqualTo(new Rope(128, 1_000_000, new Rope.Plain()));
  }

  @Test
  void implausibleValuesAreRefused() {
    assertThat(FILE.of("'sliding_window': 7").window()).hasValue(7);
    FILE.refused(
        "'num_local_experts': 3, 'num_experts_per_tok': 4",
        "num_experts_per_tok is 4, but there are only 3 experts");
    FILE.refused(
        "'num_hidden_layers': 1, 'layer_types': ['sliding_attention']",
        "layer_types has 'sliding_attention', but sliding_window makes each layer");
    FILE.nullRefused(
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "intermediate_size",
        "rms_norm_eps",
        "tie_word_embeddings",
        "max_position_embeddings",
        "rope_theta",
        "num_key_value_heads",
        "hidden_act",
        "num_local_experts",
        "num_experts_per_tok");
  }
}
