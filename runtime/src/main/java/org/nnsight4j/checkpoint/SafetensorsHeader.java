package org.nnsight4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import org.nnsight4j.error.CheckpointException;

/**
 * The table of contents of one safetensors file, fully checked: each tensor is inside the file and
 * has the bytes that its shape and type need, and the tensors fill the file without gaps or
 * overlaps. The numbers themselves are not read.
 */
public final class SafetensorsHeader {
  /** The bytes that hold the length of the JSON text. */
  static final int PREFIX = 8;

  private static final long MAX_LENGTH = 100_000_000;

  private final SortedMap<String, TensorEntry> tensors;
  private final Map<String, String> metadata;

  SafetensorsHeader(SortedMap<String, TensorEntry> tensors, Map<String, String> metadata) {
    this.tensors = Collections.unmodifiableSortedMap(tensors);
    this.metadata = Map.copyOf(metadata);
  }

  /** Reads only the header of a file. */
  public static SafetensorsHeader read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      byte[] prefix = new byte[(int) Math.min(PREFIX, size)];
      fill(channel, file, prefix, 0);
      byte[] json = new byte[headerLength(file, prefix, size)];
      fill(channel, file, json, PREFIX);
      return HeaderParser.parse(file, json, size);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("%s: there is no such file".formatted(file), e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /**
   * Reads the header of a file that is already in memory; {@code name} stands for it in messages.
   */
  public static SafetensorsHeader parse(Path name, byte[] file) {
    int length = headerLength(name, file, file.length);
    byte[] json = new byte[length];
    System.arraycopy(file, PREFIX, json, 0, length);
    return HeaderParser.parse(name, json, file.length);
  }

  private static int headerLength(Path file, byte[] start, long size) {
    if (start.length < PREFIX) {
      throw new CheckpointException(
          "%s: expected a safetensors file, which has at least %s bytes, found %s; the file is truncated or was not downloaded"
              .formatted(file, PREFIX, size));
    }
    long length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 2 || length > MAX_LENGTH) {
      throw new CheckpointException(
          "%s: expected a header length of 2 to %s bytes, found %s; this is not a safetensors file%s"
              .formatted(
                  file,
                  MAX_LENGTH,
                  Long.toUnsignedString(length),
                  isGitLfsPointer(start) ? " but a Git LFS pointer: run \"git lfs pull\"" : ""));
    }
    if (length > size - PREFIX) {
      throw new CheckpointException(
          "%s: the header has %s bytes, but only %s bytes follow; the file is truncated, download it again"
              .formatted(file, length, size - PREFIX));
    }
    return (int) length;
  }

  /** Such a pointer is a text file that starts with "version https://git-lfs". */
  private static boolean isGitLfsPointer(byte[] start) {
    return start[0] == 'v' && start[1] == 'e' && start[2] == 'r' && start[7] == ' ';
  }

  static void fill(FileChannel channel, Path file, byte[] target, long position)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new CheckpointException(
            "%s: expected %s bytes at %s, found the end of the file; it became shorter while being read"
                .formatted(file, target.length, position));
      }
    }
  }

  /** The tensors by name, sorted. */
  public SortedMap<String, TensorEntry> tensors() {
    return tensors;
  }

  /** The free-form strings under {@code __metadata__}. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
