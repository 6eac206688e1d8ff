package org.nnsight4j.models.gemma2;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code Gemma2Config} of transformers 5.23 reads it. */
final class Gemma2ConfigTest {
  private static final ConfigText<Gemma2Config> FILE = new ConfigText<>("gemma2", Gemma2Config::of);

  @Test
  void absentIsTheClassDefault() {
    Gemma2Config config = FILE.of();
    assertThat(config.layers()).isEqualTo(26);
    assertThat(config.sizes()).isEqualTo(new Sizes(256_000, Sizes.NO_LIMIT, 2304, 9216, 8, 4, 256));
    assertThat(config.activation()).isEqualTo("gelu_pytorch_tanh");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.bias()).isFalse();
    assertThat(config.queryScalar()).isEqualTo(256);
    assertThat(config.window()).hasValue(4096);
    assertThat(config.scoreCap()).hasValue(50);
    assertThat(config.logitCap()).hasValue(30);
    assertThat(config.tied()).isTrue();
    assertThat(config.types().slides(0)).isTrue();
    assertThat(config.types().slides(1)).isFalse();
    assertThat(config.rope()).isEqualTo(new Rope(256, 10_000, new Rope.Plain()));
  }

  @Test
  void nullIsNoCap() {
    Gemma2Config config =
        FILE.of("'attn_logit_softcapping': null, 'final_logit_softcapping': null");
    assertThat(config.scoreCap()).isEmpty();
    assertThat(config.logitCap()).isEmpty();
    FILE.refused("'attn_logit_softcapping': 0", "attn_logit_softcapping must be above 0");
    FILE.refused("'use_bidirectional_attention': true", "use_bidirectional_attention=true");
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
        "hidden_activation",
        "query_pre_attn_scalar",
        "attention_bias");
  }

  /** As transformers, which fails where it makes the mask. */
  @Test
  void aLayerWithAWindowNeedsItsWidth() {
    Gemma2Config none = FILE.of("'sliding_window': null");
    assertThrows(CheckpointException.class, () -> none.types().window(0, none.window()));
    assertThat(none.types().window(1, none.window())).isNull();
    FILE.refused("'hidden_size': 30, 'num_attention_heads': 4", "hidden_size = 30 is no multiple");
  }
}
