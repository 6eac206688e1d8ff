package org.nnsight4j.models.gemma;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code GemmaConfig} of transformers 5.23 reads it. */
final class GemmaConfigTest {
  private static final ConfigText<GemmaConfig> FILE = new ConfigText<>("gemma", GemmaConfig::of);

  @Test
  void absentIsTheClassDefault() {
    GemmaConfig config = FILE.of();
    assertThat(config.layers()).isEqualTo(28);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(256_000, Sizes.NO_LIMIT, 3072, 24_576, 16, 16, 256));
    assertThat(config.activation()).isEqualTo("gelu_pytorch_tanh");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.bias()).isFalse();
    assertThat(config.tied()).isTrue();
    assertThat(config.rope()).isEqualTo(new Rope(256, 10_000, new Rope.Plain()));
  }

  @Test
  void geluIsItsApproximation() {
    assertThat(FILE.of("'hidden_act': 'gelu', 'hidden_activation': 'relu'").activation())
        .isEqualTo("gelu_pytorch_tanh");
    assertThat(FILE.of("'hidden_act': 'gelu_new'").activation()).isEqualTo("gelu_new");
    assertThat(FILE.of("'hidden_activation': null").activation()).isEqualTo("gelu_pytorch_tanh");
  }

  @Test
  void unsupportedValuesAreRefused() {
    FILE.refused("'use_bidirectional_attention': true", "use_bidirectional_attention=true");
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
        "num_key_value_heads",
        "head_dim",
        "hidden_act",
        "attention_bias");
  }
}
