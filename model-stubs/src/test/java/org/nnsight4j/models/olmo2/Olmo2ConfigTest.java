package org.nnsight4j.models.olmo2;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code Olmo2Config} of transformers 5.23 reads it. */
final class Olmo2ConfigTest {
  private static final ConfigText<Olmo2Config> FILE = new ConfigText<>("olmo2", Olmo2Config::of);

  @Test
  void absentIsTheClassDefault() {
    Olmo2Config config = FILE.of();
    assertThat(config.layers()).isEqualTo(32);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(50_304, Sizes.NO_LIMIT, 4096, 11_008, 32, 32, 128));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-5);
    assertThat(config.bias()).isFalse();
    assertThat(config.tied()).isFalse();
    assertThat(config.rope()).isEqualTo(new Rope(128, 10_000, new Rope.Plain()));
  }

  @Test
  void nullIsNone() {
    assertThat(FILE.of("'num_attention_heads': 6, 'num_key_value_heads': null").sizes().kvHeads())
        .isEqualTo(6);
    FILE.refused("'sliding_window': 5", "sliding_window=5");
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
        "hidden_act",
        "attention_bias");
  }
}
