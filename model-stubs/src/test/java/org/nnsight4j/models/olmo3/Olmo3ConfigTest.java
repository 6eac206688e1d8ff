package org.nnsight4j.models.olmo3;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code Olmo3Config} of transformers 5.23 reads it. */
final class Olmo3ConfigTest {
  private static final ConfigText<Olmo3Config> FILE = new ConfigText<>("olmo3", Olmo3Config::of);

  @Test
  void absentIsTheClassDefault() {
    Olmo3Config config = FILE.of();
    assertThat(config.layers()).isEqualTo(32);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(50_304, Sizes.NO_LIMIT, 4096, 11_008, 32, 32, 128));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-5);
    assertThat(config.bias()).isFalse();
    assertThat(config.tied()).isFalse();
    assertThat(config.window()).hasValue(4096);
    assertThat(config.types().slides(2)).isTrue();
    assertThat(config.types().slides(3)).isFalse();
    assertThat(config.full()).isEqualTo(new Rope(128, 500_000, new Rope.Plain()));
    assertThat(config.sliding()).isEqualTo(new Rope(128, 500_000, new Rope.Plain()));
  }

  @Test
  void nullIsNone() {
    assertThat(FILE.of("'num_attention_heads': 6, 'num_key_value_heads': null").sizes().kvHeads())
        .isEqualTo(6);
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

  /** Older files say nothing of layers with a window, as transformers reads them. */
  @Test
  void onlyFullLayersAreScaled() {
    Olmo3Config old =
        FILE.of("'head_dim': 8, 'rope_theta': 50, 'rope_scaling': {'type': 'linear', 'factor': 8}");
    assertThat(old.full()).isEqualTo(new Rope(8, 50, new Rope.Linear(8)));
    assertThat(old.sliding()).isEqualTo(new Rope(8, 500_000, new Rope.Plain()));
    Olmo3Config recent =
        FILE.of(
            "'head_dim': 8, 'original_max_position_embeddings': 3, 'max_position_embeddings': 64",
            "'rope_parameters': {'full_attention': {'rope_type': 'llama3', 'factor': 8,"
                + " 'low_freq_factor': 1, 'high_freq_factor': 4},"
                + " 'sliding_attention': {'rope_theta': 20}}");
    assertThat(recent.full()).isEqualTo(new Rope(8, 500_000, new Rope.Llama3(8, 1, 4, 64)));
    assertThat(recent.sliding()).isEqualTo(new Rope(8, 20, new Rope.Plain()));
  }
}
