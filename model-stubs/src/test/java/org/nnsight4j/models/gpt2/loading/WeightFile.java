package org.nnsight4j.models.gpt2.loading;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Files of a model directory, changed by hand. */
final class WeightFile {
  private WeightFile() {}

  static byte[] joined(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data)
        .array();
  }

  static void put(Path path, int place, byte value) {
    byte[] bytes = read(path);
    bytes[place] = value;
    write(path, bytes);
  }

  static void cut(Path path, int length) {
    write(path, Arrays.copyOf(read(path), length));
  }

  static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new file, never the same one, because the old one may still be mapped. */
  static void write(Path path, byte[] bytes) {
    try {
      Files.deleteIfExists(path);
      if (bytes != null) {
        Files.write(path, bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
