package org.nnsight4j.models.gemma3;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code Gemma3TextConfig} of transformers 5.23 reads it. */
final class Gemma3TextConfigTest {
  private static final ConfigText<Gemma3TextConfig> FILE =
      new ConfigText<>("gemma3_text", Gemma3TextConfig::of);

  @Test
  void absentIsTheClassDefault() {
    Gemma3TextConfig config = FILE.of();
    assertThat(config.layers()).isEqualTo(26);
    assertThat(config.sizes()).isEqualTo(new Sizes(262_208, Sizes.NO_LIMIT, 2304, 9216, 8, 4, 256));
    assertThat(config.activation()).isEqualTo("gelu_pytorch_tanh");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.bias()).isFalse();
    assertThat(config.queryScalar()).isEqualTo(256);
    assertThat(config.window()).hasValue(4096);
    assertThat(config.logitCap()).isEmpty();
    assertThat(config.tied()).isTrue();
    assertThat(config.types().slides(4)).isTrue();
    assertThat(config.types().slides(5)).isFalse();
    assertThat(config.full()).isEqualTo(new Rope(256, 1_000_000, new Rope.Plain()));
    assertThat(config.sliding()).isEqualTo(new Rope(256, 10_000, new Rope.Plain()));
  }

  @Test
  void eachTypeOfLayerHasItsOwnRotaryPositions() {
    String head = "'head_dim': 8";
    Gemma3TextConfig old =
        FILE.of(
            head,
            "'rope_theta': 50, 'rope_local_base_freq': 7",
            "'rope_scaling': {'rope_type': 'linear', 'factor': 8}");
    assertThat(old.full()).isEqualTo(new Rope(8, 50, new Rope.Linear(8)));
    assertThat(old.sliding()).isEqualTo(new Rope(8, 7, new Rope.Plain()));
    Gemma3TextConfig recent =
        FILE.of(
            head,
            "'rope_theta': 50",
            "'rope_parameters': {'full_attention': {'rope_type': 'linear', 'factor': 8},"
                + " 'sliding_attention': {'rope_type': 'linear', 'factor': 2, 'rope_theta': 9}}");
    assertThat(recent.full()).isEqualTo(new Rope(8, 50, new Rope.Linear(8)));
    assertThat(recent.sliding()).isEqualTo(new Rope(8, 9, new Rope.Linear(2)));
    FILE.refused(
        "'rope_parameters': {'rope_type': 'linear', 'factor': 8}",
        "is for all layers, but this family turns them by their type");
    FILE.refused(
        "'rope_scaling': {'type': 'linear', 'factor': 8},"
            + " 'rope_parameters': {'full_attention': {'rope_type': 'default'}}",
        "rope_scaling is there, and rope_parameters too");
    FILE.refused("'head_dim': 7", "head_dim is 7, but rotary positions turn pairs");
  }

  @Test
  void patternOrTypes() {
    Gemma3TextConfig pattern = FILE.of("'num_hidden_layers': 4, 'sliding_window_pattern': 2");
    assertThat(pattern.types().each())
        .containsExactly(
            "sliding_attention", "full_attention", "sliding_attention", "full_attention")
        .inOrder();
    Gemma3TextConfig types =
        FILE.of(
            "'num_hidden_layers': 1, 'sliding_window_pattern': 2,"
                + " 'layer_types': ['full_attention']");
    assertThat(types.types().slides(0)).isFalse();
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
        "sliding_window_pattern",
        "num_key_value_heads",
        "head_dim",
        "hidden_activation",
        "query_pre_attn_scalar",
        "attention_bias",
        "rope_local_base_freq");
    FILE.refused("'use_bidirectional_attention': true", "use_bidirectional_attention=true");
  }

  @Test
  void theTextPartOfAMultimodalFile() {
    ConfigText<Gemma3TextConfig> both = new ConfigText<>("gemma3", Gemma3TextConfig::of);
    Gemma3TextConfig config =
        both.of("'text_config': {'hidden_size': 64, 'tie_word_embeddings': false}");
    assertThat(config.sizes().hidden()).isEqualTo(64);
    assertThat(config.tied()).isTrue();
    assertThat(both.of().sizes().hidden()).isEqualTo(2304);
    assertThat(both.of("'tie_word_embeddings': false").tied()).isFalse();
    both.refused(
        "'text_config': {'rms_norm_eps': -1}", "text_config.rms_norm_eps must be 0 or more");
  }
}
