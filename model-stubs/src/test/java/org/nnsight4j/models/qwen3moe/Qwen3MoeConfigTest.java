package org.nnsight4j.models.qwen3moe;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code Qwen3MoeConfig} of transformers 5.23 reads it. */
final class Qwen3MoeConfigTest {
  private static final ConfigText<Qwen3MoeConfig> FILE =
      new ConfigText<>("qwen3_moe", Qwen3MoeConfig::of);

  @Test
  void absentIsTheClassDefault() {
    Qwen3MoeConfig config = FILE.of();
    assertThat(config.layers()).isEqualTo(24);
    assertThat(config.sizes()).isEqualTo(new Sizes(151_936, Sizes.NO_LIMIT, 2048, 6144, 32, 4, 64));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.bias()).isFalse();
    assertThat(config.tied()).isFalse();
    assertThat(config.window()).isEmpty();
    assertThat(config.experts()).isEqualTo(128);
    assertThat(config.chosen()).isEqualTo(8);
    assertThat(config.expertWidth()).isEqualTo(768);
    assertThat(config.toOne()).isFalse();
    assertThat(config.sparse()).doesNotContain(false);
    assertThat(config.rope()).isEqualTo(new Rope(64, 10_000, new Rope.Plain()));
  }

  @Test
  void whichLayersHaveExperts() {
    assertThat(FILE.of("'num_hidden_layers': 4, 'decoder_sparse_step': 2").sparse())
        .containsExactly(false, true, false, true)
        .inOrder();
    assertThat(FILE.of("'num_hidden_layers': 3, 'mlp_only_layers': [1]").sparse())
        .containsExactly(true, false, true)
        .inOrder();
    assertThat(FILE.of("'num_hidden_layers': 2, 'mlp_only_layers': null").sparse())
        .containsExactly(true, true);
    assertThat(FILE.of("'use_sliding_window': true").window()).hasValue(4096);
    assertThat(FILE.of("'head_dim': 128").sizes().headDim()).isEqualTo(128);
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
        "attention_bias",
        "num_experts",
        "num_experts_per_tok",
        "moe_intermediate_size",
        "norm_topk_prob",
        "decoder_sparse_step",
        "use_sliding_window");
  }
}
