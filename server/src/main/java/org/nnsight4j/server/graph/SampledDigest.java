package org.nnsight4j.server.graph;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nnsight4j.internal.digest.Sha256;

/**
 * Identifies the checkpoint in a directory without reading all of it: the SHA-256 of the names and
 * sizes of its files, of the files of configuration and tokenizer, and of the header and 4 KiB out
 * of each MiB of each weight file; small weight files are read whole. Another training, precision
 * or a changed matrix gives another digest; a few changed numbers in a large file may not.
 */
final class SampledDigest {
  private static final String WEIGHTS = ".safetensors";
  private static final List<String> READ = List.of(WEIGHTS, ".json", ".txt", ".model");
  private static final long WHOLE = 64L << 20;
  private static final int STEP = 1 << 20;
  private static final int SAMPLE = 4 << 10;
  private static final long LONGEST_HEADER = 100L << 20;

  private final Sha256 sha256 = new Sha256();

  private SampledDigest() {}

  /** The digest; empty if the directory has no weights. */
  static String of(Path directory) {
    SampledDigest digest = new SampledDigest();
    try (Stream<Path> all = Files.list(directory)) {
      List<Path> files =
          all.filter(file -> READ.stream().anyMatch(file.getFileName().toString()::endsWith))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (files.stream().noneMatch(file -> file.toString().endsWith(WEIGHTS))) {
        return "";
      }
      for (Path file : files) {
        digest.add(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s: expected a model directory, cannot read it: %s".formatted(directory, e), e);
    }
    return digest.sha256.hex();
  }

  private void add(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      String name = "%s %s\n".formatted(file.getFileName(), Long.toString(size));
      sha256.add(name);
      if (size <= WHOLE || !file.toString().endsWith(WEIGHTS)) {
        add(channel, 0, size);
        return;
      }
      long data = Math.min(size, dataOffset(channel));
      add(channel, 0, data);
      for (long at = data; at < size; at += STEP) {
        add(channel, at, Math.min(size, at + SAMPLE));
      }
      add(channel, Math.max(data, size - SAMPLE), size);
    }
  }

  /** Where the header ends; it begins with its own length. */
  private static long dataOffset(FileChannel channel) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    channel.read(length, 0);
    long header = length.getLong(0);
    return Long.BYTES + (header < 0 || header > LONGEST_HEADER ? 0 : header);
  }

  private void add(FileChannel channel, long begin, long end) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(1 << 16, Math.max(1, end - begin)));
    long at = begin;
    while (at < end) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      int read = channel.read(buffer, at);
      if (read < 0) {
        return;
      }
      at += read;
      sha256.add(buffer.flip());
    }
  }
}
