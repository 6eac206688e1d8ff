package org.nnsight4j.checkpoint;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

class SafetensorsTest {
  @TempDir Path directory;

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(SafetensorsTest.class.getResource("/checkpoint/" + name).toURI());
  }

  @Test
  void readsWhatPythonWrote() throws Exception {
    Path file = resource("reference.safetensors");
    Map<String, Tensor> tensors = Safetensors.read(file);
    assertThat(tensors.get("weight"))
        .isEqualTo(Tensor.of(new float[] {0, 0.25f, 0.5f, 0.75f, 1, 1.25f}, 2, 3));
    assertThat(tensors.get("bias").toFloatArray()).isEqualTo(new float[] {1.5f, -2});
    assertThat(tensors.get("half").toFloatArray()).isEqualTo(new float[] {0.5f, 65504});
    assertThat(tensors.get("wide")).isEqualTo(Tensor.of(new double[] {Math.PI}, 1));
    assertThat(tensors.get("ids")).isEqualTo(Tensor.of(new long[] {1, -2, 3, 1L << 40}, 2, 2));
    assertThat(tensors.get("short").toLongArray()).isEqualTo(new long[] {7, -8});
    assertThat(tensors.get("mask")).isEqualTo(Tensor.of(new boolean[] {true, false, true}, 3));
    assertThat(tensors.get("scalar")).isEqualTo(Tensor.scalar(2.5f));
    assertThat(tensors.get("empty").shape()).isEqualTo(new long[] {0, 4});
    assertThat(tensors).hasSize(9);
    assertThat(SafetensorsHeader.read(file).metadata())
        .containsExactly("format", "pt", "note", "grüße");
    assertThat(Safetensors.read(Files.readAllBytes(file))).isEqualTo(tensors);
  }

  @Test
  void writesWhatItReads() throws Exception {
    Path reference = resource("reference.safetensors");
    Map<String, Tensor> tensors = Safetensors.read(reference);
    Path file = directory.resolve("copy.safetensors");
    Safetensors.write(file, tensors, Map.of("note", "grüße"));
    assertThat(Safetensors.read(file)).isEqualTo(tensors);
    assertThat(SafetensorsHeader.read(file).metadata()).containsExactly("note", "grüße");
    assertThat(Files.readAllBytes(file))
        .isEqualTo(Safetensors.toBytes(tensors, Map.of("note", "grüße")));
    for (TensorEntry entry : SafetensorsHeader.read(file).tensors().values()) {
      assertThat(entry.offset() % entry.loadableType().bytes()).isEqualTo(0);
    }
  }

  @Test
  void writesOnlyTheFile() throws IOException {
    Path file = directory.resolve("result.safetensors");
    Safetensors.write(file, Map.of("a", Tensor.scalar(1)), Map.of());
    Safetensors.write(file, Map.of("b", Tensor.scalar(2)), Map.of());
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.toList()).containsExactly(file);
    }
    assertThat(Safetensors.read(file).keySet()).containsExactly("b");
  }

  @Test
  void aFailedWriteLeavesNothing() throws IOException {
    Path file = Files.createDirectory(directory.resolve("taken"));
    Files.writeString(file.resolve("inside"), "");
    assertThrows(
        CheckpointException.class,
        () -> Safetensors.write(file, Map.of("a", Tensor.scalar(1)), Map.of()));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.toList()).containsExactly(file);
    }
    Path nowhere = directory.resolve("no/such/directory.safetensors");
    var thrown =
        assertThrows(
            CheckpointException.class, () -> Safetensors.write(nowhere, Map.of(), Map.of()));
    assertThat(thrown).hasMessageThat().contains("cannot be written");
  }

  @Test
  void refusesTypesThatCannotBeLoaded() {
    var thrown =
        assertThrows(
            CheckpointException.class, () -> Safetensors.read(resource("bytes.safetensors")));
    assertThat(thrown).hasMessageThat().contains("tensor \"mask\" has data type U8");
  }

  @Test
  void refusesTheReservedName() {
    assertThrows(
        CheckpointException.class,
        () -> Safetensors.toBytes(Map.of("__metadata__", Tensor.scalar(1)), Map.of()));
  }

  @Test
  void namesAreAnyText() {
    Map<String, Tensor> tensors =
        Map.of(
            "a\"b\\\n\u0001ü",
            Tensor.ofBytes(DType.BOOL, ByteBuffer.allocate(0), 0),
            "",
            Tensor.scalar(1));
    assertThat(Safetensors.read(Safetensors.toBytes(tensors, Map.of()))).isEqualTo(tensors);
  }
}
