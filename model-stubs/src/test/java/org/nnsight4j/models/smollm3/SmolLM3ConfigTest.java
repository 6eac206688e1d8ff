package org.nnsight4j.models.smollm3;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code SmolLM3Config} of transformers 5.23 reads it. */
final class SmolLM3ConfigTest {
  private static final ConfigText<SmolLM3Config> FILE =
      new ConfigText<>("smollm3", SmolLM3Config::of);

  @Test
  void absentIsTheClassDefault() {
    SmolLM3Config config = FILE.of();
    assertThat(config.layers()).isEqualTo(36);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(128_256, Sizes.NO_LIMIT, 2048, 11_008, 16, 4, 128));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.attentionBias()).isFalse();
    assertThat(config.mlpBias()).isFalse();
    assertThat(config.window()).isEmpty();
    assertThat(config.tied()).isTrue();
    assertThat(config.turns().subList(0, 5))
        .containsExactly(true, true, true, false, true)
        .inOrder();
    assertThat(config.rope()).isEqualTo(new Rope(128, 2_000_000, new Rope.Plain()));
  }

  @Test
  void layersWithoutRotaryPositions() {
    assertThat(FILE.of("'num_hidden_layers': 3, 'no_rope_layer_interval': 2").turns())
        .containsExactly(true, false, true)
        .inOrder();
    SmolLM3Config listed =
        FILE.of(
            "'num_hidden_layers': 2, 'no_rope_layers': [0, 1], 'use_sliding_window': true,"
                + " 'sliding_window': 5");
    assertThat(listed.turns()).containsExactly(false, true).inOrder();
    assertThat(listed.types().slides(0)).isTrue();
    assertThat(listed.types().slides(1)).isFalse();
    FILE.refused(
        "'num_hidden_layers': 2, 'no_rope_layers': [0]",
        "no_rope_layers has 1 entries, expected one for each of 2 layers");
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
        "no_rope_layer_interval",
        "hidden_act",
        "attention_bias",
        "mlp_bias",
        "use_sliding_window");
  }
}
