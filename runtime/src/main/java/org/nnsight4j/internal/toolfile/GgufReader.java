package org.nnsight4j.internal.toolfile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Reads a GGUF file from memory, and checks every number in it before use. */
final class GgufReader {
  static final int MAGIC = 0x46554747;
  static final String ALIGNMENT = "general.alignment";
  static final int USUAL_ALIGNMENT = 32;
  private static final int MOST_AXES = 4;
  private static final int DEEPEST_LIST = 4;

  private final Path file;
  private final ByteBuffer bytes;

  /** The position of a tensor, counted from the start of the tensor data. */
  private record Entry(String name, DType dtype, long[] shape, long offset, long length) {}

  GgufReader(Path file, byte[] content) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
  }

  Gguf read() {
    need(24, "the start of a GGUF file");
    if (bytes.getInt() != MAGIC) {
      throw new CheckpointException(
          "%s: expected a GGUF file, which begins with \"GGUF\", found another".formatted(file));
    }
    int version = bytes.getInt();
    if (version != 2 && version != 3) {
      boolean big = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
      throw new CheckpointException(
          "%s: expected a GGUF file of version 2 or 3, found %s"
              .formatted(
                  file, big ? "one for big-endian machines" : Integer.toUnsignedString(version)));
    }
    // Each entry takes some bytes, so a count that is too large is found here.
    long tensors = count(bytes.getLong(), 24, "tensors");
    long values = count(bytes.getLong(), 13, "values");
    Map<String, Object> found = new LinkedHashMap<>();
    for (long i = 0; i < values; i++) {
      String key = string("a key");
      Object value = value(type(), 0);
      if (found.put(key, value == null ? "" : value) != null) {
        throw new CheckpointException("%s: the key '%s' is there twice".formatted(file, key));
      }
    }
    List<Entry> entries = new ArrayList<>();
    for (long i = 0; i < tensors; i++) {
      entries.add(entry());
    }
    return new Gguf(found, tensors(entries, alignment(found)));
  }

  private int alignment(Map<String, Object> values) {
    Object found = values.getOrDefault(ALIGNMENT, (long) USUAL_ALIGNMENT);
    if (!(found instanceof Long power) || power < 1 || power > 65536 || Long.bitCount(power) != 1) {
      throw new CheckpointException(
          "%s: expected a power of two under %s, found %s".formatted(file, ALIGNMENT, found));
    }
    return (int) (long) power;
  }

  private long count(long number, int least, String what) {
    if (number < 0 || number > bytes.remaining() / least) {
      throw new CheckpointException(
          "%s: expected as many %s as %s bytes can hold, found %s; the file is damaged or truncated"
              .formatted(file, what, bytes.remaining(), Long.toUnsignedString(number)));
    }
    return number;
  }

  private void need(long length, String what) {
    if (length < 0 || length > bytes.remaining()) {
      throw new CheckpointException(
          "%s: expected %s of %s bytes, found %s bytes to the end; the file is damaged or truncated"
              .formatted(file, what, Long.toUnsignedString(length), bytes.remaining()));
    }
  }

  private String string(String what) {
    need(8, what);
    long length = bytes.getLong();
    need(length, what);
    ByteBuffer text = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(
          "%s: expected %s in UTF-8, found bytes that are not UTF-8".formatted(file, what), e);
    }
  }

  private int type() {
    need(4, "a type");
    return bytes.getInt();
  }

  /** Reads a value of one of the format's types; null for a list. */
  private @Nullable Object value(int type, int depth) {
    int length =
        switch (type) {
          case 0, 1, 7 -> 1;
          case 2, 3 -> 2;
          case 4, 5, 6 -> 4;
          case 10, 11, 12 -> 8;
          default -> 0;
        };
    need(length, "a value");
    return switch (type) {
      case 0 -> (long) (bytes.get() & 0xff);
      case 1 -> (long) bytes.get();
      case 2 -> (long) (bytes.getShort() & 0xffff);
      case 3 -> (long) bytes.getShort();
      case 4 -> Integer.toUnsignedLong(bytes.getInt());
      case 5 -> (long) bytes.getInt();
      case 6 -> (double) bytes.getFloat();
      case 7 -> bytes.get() != 0;
      case 8 -> string("a value");
      case 9 -> list(depth + 1);
      case 10, 11 -> bytes.getLong();
      case 12 -> bytes.getDouble();
      default ->
          throw new CheckpointException(
              "%s: expected a type of GGUF, 0 to 12, found %s"
                  .formatted(file, Integer.toUnsignedString(type)));
    };
  }

  private @Nullable Object list(int depth) {
    int type = type();
    need(8, "a list");
    long length = count(bytes.getLong(), 1, "values in a list");
    if (depth > DEEPEST_LIST) {
      throw new CheckpointException(
          "%s: expected lists in lists at most %s deep".formatted(file, DEEPEST_LIST));
    }
    for (long i = 0; i < length; i++) {
      var unused = value(type, depth);
    }
    return null;
  }

  private Entry entry() {
    String name = string("the name of a tensor");
    need(4, "the axes of '" + name + "'");
    int axes = bytes.getInt();
    if (axes < 0 || axes > MOST_AXES) {
      throw new CheckpointException(
          "%s: '%s' has %s axes, expected at most %s"
              .formatted(file, name, Integer.toUnsignedString(axes), MOST_AXES));
    }
    need(8L * axes + 12, "the shape of '" + name + "'");
    long[] shape = new long[axes];
    long size = 1;
    for (int i = axes - 1; i >= 0; i--) {
      // In the format, the fastest axis comes first.
      shape[i] = bytes.getLong();
      if (shape[i] < 0 || shape[i] > Integer.MAX_VALUE || size * shape[i] > Integer.MAX_VALUE) {
        throw new CheckpointException(
            "%s: '%s' has an axis of the length %s, which no such file can hold; it is damaged"
                .formatted(file, name, Long.toUnsignedString(shape[i])));
      }
      size *= shape[i];
    }
    int type = bytes.getInt();
    if (type != 0 && type != 1) {
      throw new CheckpointException(
          "%s: '%s' has the type %s of GGML, expected F32 or F16 (0 or 1); quantised tensors are not read"
              .formatted(file, name, Integer.toUnsignedString(type)));
    }
    DType dtype = type == 0 ? DType.FLOAT32 : DType.FLOAT16;
    return new Entry(name, dtype, shape, bytes.getLong(), size * dtype.bytes());
  }

  private Map<String, Tensor> tensors(List<Entry> entries, int alignment) {
    long start = aligned(bytes.position(), alignment);
    long end = 0;
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Entry each : entries) {
      // Tensors must follow one another, as every writer places them, so that they cannot overlap.
      if (each.offset != aligned(end, alignment)
          || each.length > bytes.limit() - start - each.offset) {
        throw new CheckpointException(
            "%s: expected '%s' of %s bytes at %s of the tensors, found it at %s, of %s bytes in all; the file is damaged or truncated"
                .formatted(
                    file,
                    each.name,
                    each.length,
                    aligned(end, alignment),
                    Long.toUnsignedString(each.offset),
                    bytes.limit() - start));
      }
      end = each.offset + each.length;
      ByteBuffer data = bytes.slice((int) (start + each.offset), (int) each.length);
      if (tensors.put(each.name, Tensor.ofBytes(each.dtype, data, each.shape)) != null) {
        throw new CheckpointException(
            "%s: the tensor '%s' is there twice".formatted(file, each.name));
      }
    }
    return tensors;
  }

  static long aligned(long offset, int alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }
}
