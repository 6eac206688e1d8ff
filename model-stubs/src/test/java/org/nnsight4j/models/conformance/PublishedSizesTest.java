package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Pinning;
import org.nnsight4j.arch.Model;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;

/**
 * Descriptors of published sizes, their snapshots and what published config.json files say agree.
 */
final class PublishedSizesTest {
  private static final Path SIZES = Path.of("src/test/resources/published-sizes.json");

  @TempDir Path folder;

  static Stream<Arguments> sizes() throws IOException {
    JsonNode all = new ObjectMapper().readTree(SIZES.toFile());
    return StreamSupport.stream(all.spliterator(), false)
        .map(each -> Arguments.of(each.get("model").asText(), each));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sizes")
  void agrees(String name, JsonNode size) throws Exception {
    Model<?> model = model(name);
    Path checkpoint = checkpoint((ObjectNode) size.get("config"));
    Pinning.check(model);
    LanguageModel.open(model, checkpoint).close();
    // The published number of parameters: a snapshot of the wrong size could agree with itself.
    assertThat(parameters(checkpoint)).isEqualTo(size.get("parameters").asLong());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sizes")
  void refusesAnotherSize(String name, JsonNode size) throws Exception {
    ObjectNode config = size.get("config").deepCopy();
    int layers = size.get("layers").asInt();
    ObjectNode text = config.has("text_config") ? (ObjectNode) config.get("text_config") : config;
    text.put("num_hidden_layers", layers + 1);
    Model<?> model = model(name);
    Path other = checkpoint(config);
    CheckpointException opened =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(model, other));
    assertThat(opened)
        .hasMessageThat()
        .containsMatch(
            "\n  \\[LayerCount] [a-z.]+\\.\\* is there %s times in [a-z0-9.-]+\\.layers\\.json, %s times here"
                .formatted(layers, layers + 1));
  }

  private static Model<?> model(String name) throws Exception {
    return (Model<?>) Class.forName(name).getConstructor().newInstance();
  }

  private Path checkpoint(ObjectNode config) {
    try {
      Files.writeString(folder.resolve("config.json"), config.toString());
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long parameters(Path folder) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    Blueprint blueprint =
        Families.blueprint(
            Families.require(
                checkpoint.config().modelType(), PublishedSizesTest.class.getClassLoader()),
            checkpoint.config());
    return blueprint.parameters().values().stream()
        .mapToLong(
            shape -> {
              long count = 1;
              for (long length : shape) {
                count *= length;
              }
              return count;
            })
        .sum();
  }
}
