package org.nnsight4j.models.llama;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Pinning;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;

/** Published sizes: descriptor, snapshot and configuration agree. */
final class LlamaPinnedTest {
  private static final String OF_1B =
      """
      {"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192, "head_dim": 64,
       "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
       "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
       "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
         "original_max_position_embeddings": 8192, "rope_type": "llama3"},
       "tie_word_embeddings": true, "num_hidden_layers": LAYERS}
      """;
  private static final String OF_8B =
      """
      {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
       "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
       "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
       "rope_scaling": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
         "original_max_position_embeddings": 8192, "rope_type": "llama3"},
       "tie_word_embeddings": false, "num_hidden_layers": LAYERS}
      """;
  private static final String OF_135M =
      """
      {"model_type": "llama", "hidden_size": 576, "intermediate_size": 1536,
       "num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 49152,
       "max_position_embeddings": 8192, "rms_norm_eps": 1e-05, "rope_theta": 100000,
       "rope_scaling": null, "tie_word_embeddings": true, "num_hidden_layers": LAYERS}
      """;

  @TempDir Path folder;

  static Stream<Arguments> sizes() {
    return Stream.of(
        Arguments.of(new Llama32Of1BModel(), OF_1B, 16, 1_235_814_400L),
        Arguments.of(new Llama31Of8BModel(), OF_8B, 32, 8_030_261_248L),
        Arguments.of(new SmolLm2Of135MModel(), OF_135M, 30, 134_515_008L));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void agreesWithItsSnapshotAndItsConfiguration(
      Model<?> model, String config, int layers, long parameters) throws Exception {
    Path checkpoint = checkpoint(config, layers);
    Pinning.check(model);
    LanguageModel.open(model, checkpoint).close();

    // The published number of parameters: a snapshot of the wrong size could agree with itself.
    LayerSnapshot snapshot = Snapshots.of(checkpoint);
    long counted =
        snapshot.modules().entrySet().stream()
            .mapToLong(
                module ->
                    (module.getKey().contains("*") ? layers : 1)
                        * module.getValue().weights().values().stream()
                            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
                            .sum())
            .sum();
    assertThat(counted).isEqualTo(parameters);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void refusesAnotherSize(Model<?> model, String config, int layers, long parameters)
      throws Exception {
    Path other = checkpoint(config, layers + 1);
    CheckpointException opened =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(model, other));
    assertThat(opened)
        .hasMessageThat()
        .containsMatch(
            "\n  \\[LayerCount] model\\.layers\\.\\* is there %s times in [a-z0-9.-]+\\.layers\\.json, %s times here"
                .formatted(layers, layers + 1));
  }

  private Path checkpoint(String config, int layers) throws Exception {
    Files.writeString(
        folder.resolve("config.json"), config.replace("LAYERS", Integer.toString(layers)));
    return folder;
  }
}
