package org.nnsight4j.models.gptoss;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code GptOssConfig} of transformers 5.23 reads it. */
final class GptOssConfigTest {
  private static final ConfigText<GptOssConfig> FILE =
      new ConfigText<>("gpt_oss", GptOssConfig::of);

  @Test
  void absentIsTheClassDefault() {
    GptOssConfig config = FILE.of();
    assertThat(config.layers()).isEqualTo(36);
    assertThat(config.sizes()).isEqualTo(new Sizes(201_088, Sizes.NO_LIMIT, 2880, 2880, 64, 8, 64));
    assertThat(config.epsilon()).isEqualTo(1e-5);
    assertThat(config.bias()).isTrue();
    assertThat(config.tied()).isFalse();
    assertThat(config.window()).hasValue(128);
    assertThat(config.types().slides(0)).isTrue();
    assertThat(config.types().slides(1)).isFalse();
    assertThat(config.experts()).isEqualTo(128);
    assertThat(config.chosen()).isEqualTo(4);
    assertThat(config.alpha()).isEqualTo(1.702);
    assertThat(config.limit()).isEqualTo(7);
    assertThat(config.rope().halfTables()).isTrue();
    assertThat(config.rope().theta()).isEqualTo(150000);
  }

  /** Without a word about positions they are stretched, whatever the base is. */
  @Test
  void positionsAreScaledUnlessTheFileSaysOtherwise() {
    GptOssConfig usual = FILE.of("'rope_theta': 50");
    assertThat(usual.rope().theta()).isEqualTo(50);
    assertThat(((Rope.Yarn) usual.rope().scaling()).factor()).isEqualTo(32);
    assertThat(FILE.of("'rope_scaling': null").rope().scaling()).isInstanceOf(Rope.Yarn.class);
    assertThat(FILE.of("'rope_scaling': {}").rope().scaling()).isInstanceOf(Rope.Yarn.class);
    assertThat(FILE.of("'rope_parameters': {}").rope().scaling()).isEqualTo(new Rope.Plain());
    assertThat(FILE.of("'rope_scaling': {'type': 'linear', 'factor': 2}").rope().scaling())
        .isEqualTo(new Rope.Linear(2));
  }

  @Test
  void implausibleValuesAreRefused() {
    FILE.refused(
        "'num_local_experts': 2", "num_experts_per_tok is 4, but there are only 2 experts");
    FILE.refused("'swiglu_limit': 0", "swiglu_limit must be above 0");
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
        "attention_bias",
        "num_local_experts",
        "num_experts_per_tok",
        "swiglu_alpha",
        "swiglu_limit");
  }
}
