package org.nnsight4j.models.olmo;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What an OLMo 1's config.json says, as {@code OlmoConfig} of transformers 5.23 reads it. */
final class OlmoConfigTest {
  private static final ConfigReading<OlmoConfig> READ =
      new ConfigReading<>(new OlmoFamily(), OlmoConfig::of);

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new OlmoConfig(
                32,
                new Sizes(50_304, Sizes.NO_LIMIT, 4096, 11_008, 32, 32, 128),
                "silu",
                false,
                null,
                false,
                new Rope(128, 10_000, new Rope.Plain())));
  }

  @Test
  void nullIsNone() {
    assertThat(READ.of("'clip_qkv': null, 'num_key_value_heads': null").clip()).isNull();
    assertThat(READ.of("'clip_qkv': 8.0, 'num_key_value_heads': 4").clip()).isEqualTo(8);
    READ.refusesNull(
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "intermediate_size",
        "hidden_act",
        "attention_bias",
        "tie_word_embeddings",
        "max_position_embeddings",
        "rope_theta",
        "head_dim");
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses("'clip_qkv': -1", "clip_qkv must be above 0");
    READ.refuses("'num_key_value_heads': 5", "is no multiple of num_key_value_heads = 5");
    READ.refuses("'is_causal': false", "is_causal=false changes");
    READ.refuses("'head_dim': 7", "head_dim is 7, but rotary positions turn pairs");
  }
}
