package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Pinning;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;

/** Published sizes of a family: descriptor, snapshot and configuration agree. */
public final class PublishedSizes {
  private PublishedSizes() {}

  /**
   * One published size.
   *
   * @param config its config.json with {@code LAYERS} where the number of blocks stands
   * @param blocks the path of the blocks, for example {@code model.layers}
   * @param parameters the published number of parameters
   */
  public record Size(Model<?> model, String config, String blocks, int layers, long parameters) {}

  /** The tests of some sizes, which write their configurations into a folder. */
  public static Stream<DynamicTest> of(Path folder, Size... sizes) {
    return Arrays.stream(sizes)
        .flatMap(
            size -> {
              String name = size.model().getClass().getSimpleName();
              return Stream.of(
                  dynamicTest(name + " agrees", () -> agrees(folder, size)),
                  dynamicTest(name + " refuses another size", () -> refuses(folder, size)));
            });
  }

  private static void agrees(Path folder, Size size) {
    Path checkpoint = checkpoint(folder, size, size.layers());
    Pinning.check(size.model());
    LanguageModel.open(size.model(), checkpoint).close();

    // The published number of parameters: a snapshot of the wrong size could agree with itself.
    LayerSnapshot snapshot = Snapshots.of(checkpoint);
    long counted =
        snapshot.modules().entrySet().stream()
            .mapToLong(
                module ->
                    (module.getKey().contains("*") ? size.layers() : 1)
                        * module.getValue().weights().values().stream()
                            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
                            .sum())
            .sum();
    assertThat(counted).isEqualTo(size.parameters());
  }

  private static void refuses(Path folder, Size size) {
    Path other = checkpoint(folder, size, size.layers() + 1);
    CheckpointException opened =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(size.model(), other));
    assertWithMessage("what is said")
        .that(opened)
        .hasMessageThat()
        .containsMatch(
            "\n  \\[LayerCount] %s\\.\\* is there %s times in [a-z0-9._-]+\\.layers\\.json, %s times here"
                .formatted(size.blocks().replace(".", "\\."), size.layers(), size.layers() + 1));
  }

  private static Path checkpoint(Path folder, Size size, int layers) {
    try {
      Files.writeString(
          folder.resolve("config.json"), size.config().replace("LAYERS", Integer.toString(layers)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
