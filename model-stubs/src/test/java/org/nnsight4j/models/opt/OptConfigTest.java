package org.nnsight4j.models.opt;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What an OPT's config.json says, as {@code OPTConfig} of transformers 5.23 reads it. */
final class OptConfigTest {
  private static final ConfigReading<OptConfig> READ =
      new ConfigReading<>(new OptFamily(), OptConfig::of);

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new OptConfig(
                12,
                new Sizes(50_272, 2048, 768, 3072, 12, 12, 64),
                768,
                "relu",
                true,
                true,
                true,
                true,
                true));
  }

  @Test
  void whereTheLastNormIs() {
    assertThat(READ.of("'do_layer_norm_before': false").lastNorm()).isFalse();
    assertThat(READ.of("'_remove_final_layer_norm': true").lastNorm()).isFalse();
    assertThat(READ.of("'word_embed_proj_dim': null").isNarrow()).isFalse();
    assertThat(READ.of("'word_embed_proj_dim': 512").isNarrow()).isTrue();
  }

  @Test
  void nullWhereThereMustBeAValueIsRefused() {
    READ.refusesNull(
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "ffn_dim",
        "activation_function",
        "do_layer_norm_before",
        "_remove_final_layer_norm",
        "enable_bias",
        "layer_norm_elementwise_affine",
        "max_position_embeddings",
        "tie_word_embeddings");
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses("'hidden_size': 100", "hidden_size = 100 is no multiple of num_attention_heads");
    READ.refuses("'activation_function': 'xielu'", "'xielu' is not known");
    READ.refuses("'word_embed_proj_dim': 0", "word_embed_proj_dim must be 1 or more");
    READ.refuses("'is_causal': false", "is_causal=false changes");
  }
}
