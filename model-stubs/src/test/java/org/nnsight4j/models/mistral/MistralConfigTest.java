package org.nnsight4j.models.mistral;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code MistralConfig} of transformers 5.23 reads it. */
final class MistralConfigTest {
  private static final ConfigText<MistralConfig> FILE =
      new ConfigText<>("mistral", MistralConfig::of);

  @Test
  void absentIsTheClassDefault() {
    MistralConfig config = FILE.of();
    assertThat(config.layers()).isEqualTo(32);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(32_000, Sizes.NO_LIMIT, 4096, 14_336, 32, 8, 128));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.tied()).isFalse();
    assertThat(config.window()).hasValue(4096);
    assertThat(config.rope()).isEqualTo(new Rope(128, 10_000, new Rope.Plain()));
  }

  @Test
  void theWindowHasThreeStates() {
    assertThat(FILE.of("'sliding_window': null").window()).isEmpty();
    assertThat(FILE.of("'sliding_window': 7").window()).hasValue(7);
    FILE.refused("'sliding_window': 0", "sliding_window must be 1 or more, found 0");
    // The class does not read types, so they may only say what it does anyway.
    assertThat(FILE.of("'num_hidden_layers': 1, 'layer_types': ['sliding_attention']")).isNotNull();
    FILE.refused(
        "'num_hidden_layers': 2, 'layer_types': ['sliding_attention', 'full_attention']",
        "layer_types has 'full_attention', but sliding_window makes each layer");
  }

  @Test
  void theWidthOfAHeadMayBeItsOwn() {
    assertThat(FILE.of("'hidden_size': 5120, 'head_dim': 128").sizes().queries()).isEqualTo(4096);
    assertThat(FILE.of("'head_dim': null").sizes().headDim()).isEqualTo(128);
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
        "hidden_act");
  }
}
