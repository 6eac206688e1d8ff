package org.nnsight4j.models.bloom;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a BLOOM's config.json says, as {@code BloomConfig} of transformers 5.23 reads it. */
final class BloomConfigTest {
  private static final ConfigReading<BloomConfig> READ =
      new ConfigReading<>(new BloomFamily(), BloomConfig::of);

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new BloomConfig(
                2, new Sizes(250_880, Sizes.NO_LIMIT, 64, 256, 8, 8, 8), 1e-5, false, true));
  }

  @Test
  void otherNames() {
    BloomConfig config = READ.of("'n_embed': 24, 'num_attention_heads': 3, 'num_hidden_layers': 5");
    assertThat(config.layers()).isEqualTo(5);
    assertThat(config.sizes()).isEqualTo(new Sizes(250_880, Sizes.NO_LIMIT, 24, 96, 3, 3, 8));
    READ.refuses("'n_embed': 24, 'hidden_size': 48", "both are names of one value");
  }

  @Test
  void nullWhereThereMustBeAValueIsRefused() {
    READ.refusesNull(
        "hidden_size",
        "n_layer",
        "n_head",
        "vocab_size",
        "layer_norm_epsilon",
        "apply_residual_connection_post_layernorm",
        "tie_word_embeddings");
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses("'n_head': 7", "hidden_size = 64 is no multiple of n_head = 7");
    READ.refuses("'is_causal': false", "is_causal=false changes");
    READ.refuses("'sliding_window': 3", "sliding_window=3 changes");
  }
}
