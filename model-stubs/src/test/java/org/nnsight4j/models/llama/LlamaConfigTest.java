package org.nnsight4j.models.llama;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;

/** What a Llama's config.json says, as {@code LlamaConfig} of transformers 5.23 reads it. */
final class LlamaConfigTest {
  private static LlamaConfig read(String keys) {
    return LlamaConfig.of(
        ModelConfig.parse(
            Path.of("config.json"),
            "{\"model_type\": \"llama\"%s}"
                .formatted(keys.isEmpty() ? "" : ", " + keys.replace('\'', '"'))));
  }

  private static Rope rope(String keys) {
    return read("'head_dim': 8, 'max_position_embeddings': 64, " + keys).rope();
  }

  @Test
  void absentIsTheClassDefault() {
    LlamaConfig config = read("");
    assertThat(config.layers()).isEqualTo(32);
    assertThat(config.sizes().vocabulary()).isEqualTo(32_000);
    assertThat(config.sizes().hidden()).isEqualTo(4096);
    assertThat(config.sizes().inner()).isEqualTo(11_008);
    assertThat(config.sizes().heads()).isEqualTo(32);
    assertThat(config.sizes().kvHeads()).isEqualTo(32);
    assertThat(config.sizes().headDim()).isEqualTo(128);
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.attentionBias()).isFalse();
    assertThat(config.mlpBias()).isFalse();
    assertThat(config.tied()).isFalse();
    assertThat(config.rope()).isEqualTo(new Rope(128, 10_000, new Rope.Plain()));
  }

  @Test
  void nullIsNone() {
    LlamaConfig config =
        read(
            "'hidden_size': 24, 'num_attention_heads': 6, 'head_dim': null,"
                + " 'num_key_value_heads': null, 'rope_scaling': null, 'rope_parameters': null");
    assertThat(config.sizes().headDim()).isEqualTo(4);
    assertThat(config.sizes().kvHeads()).isEqualTo(6);
    assertThat(config.rope().scaling()).isEqualTo(new Rope.Plain());
  }

  /**
   * transformers refuses null for what must be a number; a default in its place would be a guess.
   */
  @ParameterizedTest
  @CsvSource({
    "hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "intermediate_size",
    "hidden_act", "rms_norm_eps", "attention_bias", "mlp_bias", "tie_word_embeddings",
    "max_position_embeddings", "rope_theta"
  })
  void nullWhereThereMustBeAValueIsRefused(String key) {
    refused("'" + key + "': null", key + " is null, expected");
  }

  @Test
  void unknownKeysThatChangeNumbersAreRefused() {
    refused("'hidden_act': 'xielu'", "'xielu' is not known; known are [");
    refused("'rope_scaling': {'type': 'su'}", "rope_scaling.type is 'su'", "llama3, longrope");
    refused("'rope_parameters': {'rope_type': 'axial'}", "rope_parameters.rope_type is 'axial'");
    refused("'rope_parameters': {'rope_type': null}", "rope_parameters.rope_type is 'null'");
    refused(
        "'rope_parameters': {'full_attention': {'rope_type': 'default'}}",
        "rope_parameters.full_attention has positions of its own");
    refused(
        "'rope_scaling': {'type': 'linear', 'factor': 2, 'partial_rotary_factor': 0.5}",
        "rope_scaling.partial_rotary_factor is 0.5, but this family turns whole heads");
  }

  /** transformers' cache would forget keys, though its masks would not hide them. */
  @Test
  void windowsAreRefused() {
    refused("'sliding_window': 5", "sliding_window=5 changes what transformers computes");
    refused("'layer_types': ['sliding_attention']", "layer_types=[\"sliding_attention\"]");
    assertThat(read("'sliding_window': null").layers()).isEqualTo(32);
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    refused("'hidden_size': 30, 'num_attention_heads': 4", "hidden_size = 30 is no multiple");
    refused(
        "'num_attention_heads': 4, 'num_key_value_heads': 3",
        "num_attention_heads = 4 is no multiple of num_key_value_heads = 3");
    refused("'head_dim': 7", "head_dim is 7, but rotary positions turn pairs");
    refused("'num_hidden_layers': 0", "num_hidden_layers must be 1 or more, found 0");
    refused("'num_hidden_layers': 1000000", "must be at most 10000");
    refused("'head_dim': 2000000000", "which is no model's");
    refused("'rms_norm_eps': -1", "rms_norm_eps must be 0 or more");
    refused("'rope_theta': 0", "rope_theta must be above 0");
    refused("'rope_theta': 'x'", "a finite number under \"rope_theta\"");
  }

  @Test
  void oldAndNewKeysForPositionsMeanTheSame() {
    Rope wanted = new Rope(8, 500, new Rope.Linear(2));
    assertThat(rope("'rope_theta': 500, 'rope_scaling': {'type': 'linear', 'factor': 2}"))
        .isEqualTo(wanted);
    assertThat(rope("'rope_theta': 500, 'rope_scaling': {'rope_type': 'linear', 'factor': 2}"))
        .isEqualTo(wanted);
    assertThat(rope("'rope_parameters': {'rope_type': 'linear', 'factor': 2.0, 'rope_theta': 500}"))
        .isEqualTo(wanted);
    // The older object wins, an empty one says nothing, and theta inside wins.
    assertThat(
            rope(
                "'rope_scaling': {'type': 'linear', 'factor': 2, 'rope_theta': 500},"
                    + " 'rope_theta': 7, 'rope_parameters': {'rope_type': 'linear', 'factor': 9}"))
        .isEqualTo(wanted);
    assertThat(
            rope(
                "'rope_scaling': {}, 'rope_theta': 500,"
                    + " 'rope_parameters': {'rope_type': 'linear', 'factor': 2}"))
        .isEqualTo(wanted);
  }

  @Test
  void theLengthBeforeScaling() {
    String llama3 =
        "'rope_type': 'llama3', 'factor': 8, 'low_freq_factor': 1, 'high_freq_factor': 4";
    assertThat(rope("'rope_scaling': {%s}".formatted(llama3)).scaling())
        .isEqualTo(new Rope.Llama3(8, 1, 4, 64));
    assertThat(
            rope("'rope_scaling': {%s, 'original_max_position_embeddings': 16}".formatted(llama3))
                .scaling())
        .isEqualTo(new Rope.Llama3(8, 1, 4, 16));
    assertThat(
            rope("'original_max_position_embeddings': 32, 'rope_scaling': {%s, 'original_max_position_embeddings': 16}"
                    .formatted(llama3))
                .scaling())
        .isEqualTo(new Rope.Llama3(8, 1, 4, 32));
    refused(
        "'rope_scaling': {'rope_type': 'llama3', 'factor': 8, 'low_freq_factor': 1}",
        "rope_scaling.high_freq_factor");
  }

  @Test
  void scalingWithMissingKeysIsRefused() {
    refused("'rope_scaling': {'type': 'linear'}", "\"rope_scaling.factor\"");
    refused("'rope_scaling': {'type': 'dynamic', 'factor': null}", "rope_scaling.factor is null");
    refused("'rope_scaling': {'type': 'yarn'}", "\"rope_scaling.factor\"");
    refused(
        "'head_dim': 8, 'rope_scaling': {'type': 'longrope', 'short_factor': [1, 1],"
            + " 'long_factor': [1, 1, 1, 1]}",
        "rope_scaling.short_factor has 2 numbers, expected one for each of 4 pairs");
    refused(
        "'head_dim': 8, 'rope_scaling': {'type': 'longrope', 'short_factor': ['a']}",
        "a list of finite numbers under \"rope_scaling.short_factor\"");
    refused("'head_dim': 2, 'rope_scaling': {'type': 'dynamic', 'factor': 2}", "not defined");
    refused(
        "'rope_theta': 1, 'rope_scaling': {'type': 'yarn', 'factor': 2}", "yarn is not defined");
  }

  @Test
  void positionsHaveNoLimit() {
    ModelConfig small =
        ModelConfig.parse(
            Path.of("config.json"), "{\"model_type\": \"llama\", \"max_position_embeddings\": 4}");
    assertThat(new LlamaFamily().blueprint(small).maxPositions()).isEqualTo(Blueprint.NO_LIMIT);
  }

  private static void refused(String keys, String... words) {
    CheckpointException refusal = assertThrows(CheckpointException.class, () -> read(keys), keys);
    assertThat(refusal).hasMessageThat().startsWith("config.json: ");
    for (String word : List.of(words)) {
      assertWithMessage(keys).that(refusal).hasMessageThat().contains(word);
    }
  }
}
