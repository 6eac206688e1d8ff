package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/** Another checkpoint has another digest. */
final class SampledDigestTest {
  @TempDir Path directory;

  @BeforeEach
  void write() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{}");
    weights(1);
  }

  private void weights(float value) {
    Safetensors.write(
        directory.resolve("model.safetensors"),
        Map.of("w", Tensor.of(new float[] {value}, 1)),
        Map.of());
  }

  private String digest() {
    return SampledDigest.of(directory);
  }

  @Test
  void theSameFilesElsewhereHaveTheSameDigest(@TempDir Path other) throws IOException {
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(directory.resolve(name), other.resolve(name));
    }
    Files.writeString(other.resolve("README.md"), "of no interest");
    assertThat(SampledDigest.of(other)).isEqualTo(digest());
    assertThat(digest()).matches("[0-9a-f]{64}");
  }

  @Test
  void eachOfThemCounts() throws IOException {
    String before = digest();
    weights(2);
    String weights = digest();
    assertThat(weights).isNotEqualTo(before);
    Files.writeString(directory.resolve("config.json"), "{ }");
    String config = digest();
    assertThat(config).isNotEqualTo(weights);
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    assertThat(digest()).isNotEqualTo(config);
  }

  /** Not all of it is read: the header, and a part of each MiB. */
  @Test
  void onlyPartOfALargeFileIsRead() throws IOException {
    Path large = directory.resolve("large.safetensors");
    long size = 70L << 20;
    byte[] header = "{\"w\":{}}".getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(size);
      file.writeLong(Long.reverseBytes(header.length));
      file.write(header);
    }
    String before = digest();
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.seek(10);
      file.write('v');
      String name = digest();
      assertThat(name).isNotEqualTo(before);
      // As another training would.
      for (long at = 1 << 19; at < size; at += 1 << 10) {
        file.seek(at);
        file.write(1);
      }
      String trained = digest();
      assertThat(trained).isNotEqualTo(name);
      file.seek(size - 1);
      file.write(7);
      assertThat(digest()).isNotEqualTo(trained);
    }
  }
}
