package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.file.WholeFile;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Whole safetensors files in memory: fixtures, constants and results, not weights. */
public final class Safetensors {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path IN_MEMORY = Path.of("(safetensors in memory)");
  private static final int PIECE = 1 << 20;
  private static final String METADATA = "__metadata__";

  private Safetensors() {}

  /** Reads all tensors of a file, sorted by name. */
  public static SortedMap<String, Tensor> read(Path file) {
    SafetensorsHeader header = SafetensorsHeader.read(file);
    try (FileChannel channel = FileChannel.open(file)) {
      SortedMap<String, Tensor> tensors = new TreeMap<>();
      for (TensorEntry entry : header.tensors().values()) {
        DType dtype = entry.loadableType();
        byte[] bytes = new byte[arrayLength(entry)];
        SafetensorsHeader.fill(channel, file, bytes, entry.offset());
        tensors.put(entry.name(), tensor(entry, dtype, ByteBuffer.wrap(bytes)));
      }
      return Collections.unmodifiableSortedMap(tensors);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Reads all tensors of a file in memory, sorted by name; the array is not kept. */
  public static SortedMap<String, Tensor> read(byte[] file) {
    SafetensorsHeader header = SafetensorsHeader.parse(IN_MEMORY, file);
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (TensorEntry entry : header.tensors().values()) {
      int start = Math.toIntExact(entry.offset());
      byte[] bytes = Arrays.copyOfRange(file, start, start + arrayLength(entry));
      tensors.put(entry.name(), tensor(entry, entry.loadableType(), ByteBuffer.wrap(bytes)));
    }
    return Collections.unmodifiableSortedMap(tensors);
  }

  private static int arrayLength(TensorEntry entry) {
    if (entry.byteLength() > Integer.MAX_VALUE - 8) {
      throw new CheckpointException(
          "%s: tensor \"%s\" has %s bytes, expected at most 2 GiB to read it into memory"
              .formatted(entry.file(), entry.name(), entry.byteLength()));
    }
    return (int) entry.byteLength();
  }

  private static Tensor tensor(TensorEntry entry, DType dtype, ByteBuffer bytes) {
    return Tensor.ofBytes(dtype, bytes, entry.shape());
  }

  /**
   * Writes a {@link WholeFile}.
   *
   * @param metadata free-form strings for the header; may be empty
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Map.Entry<String, Tensor>> order = writingOrder(tensors);
    ByteBuffer header = header(order, metadata);
    try {
      WholeFile.at(file)
          .write(
              channel -> {
                writeFully(channel, header);
                for (var entry : order) {
                  writeFully(channel, entry.getValue().bytes());
                }
              });
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be written: %s".formatted(file, e), e);
    }
  }

  /** The same bytes that {@link #write} puts into a file. */
  public static byte[] toBytes(Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Map.Entry<String, Tensor>> order = writingOrder(tensors);
    ByteBuffer header = header(order, metadata);
    long size = header.remaining();
    for (Tensor tensor : tensors.values()) {
      size += tensor.bytes().remaining();
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw new CheckpointException(
          "expected at most 2 GiB of tensors for one array, found %s bytes; write them to a file"
              .formatted(size));
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) size).put(header);
    order.forEach(entry -> bytes.put(entry.getValue().bytes()));
    return bytes.array();
  }

  /** The order of the reference writer: wide types first, so that each tensor is aligned. */
  private static List<Map.Entry<String, Tensor>> writingOrder(Map<String, Tensor> tensors) {
    List<Map.Entry<String, Tensor>> order = new ArrayList<>(tensors.entrySet());
    order.sort(
        Comparator.comparingInt(
                (Map.Entry<String, Tensor> entry) -> -entry.getValue().dtype().bytes())
            .thenComparing(Map.Entry.comparingByKey()));
    return order;
  }

  private static ByteBuffer header(
      List<Map.Entry<String, Tensor>> order, Map<String, String> metadata) {
    ObjectNode root = MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode strings = root.putObject(METADATA);
      new TreeMap<>(metadata).forEach(strings::put);
    }
    long end = 0;
    for (var each : order) {
      String name = each.getKey();
      if (name.equals(METADATA)) {
        throw new CheckpointException(
            "a tensor cannot be called \"%s\": the format keeps this name for its metadata"
                .formatted(METADATA));
      }
      Tensor tensor = each.getValue();
      ObjectNode entry = root.putObject(name).put("dtype", tensor.dtype().safetensorsName());
      var shape = entry.putArray("shape");
      Arrays.stream(tensor.shape()).forEach(shape::add);
      long begin = end;
      end += tensor.bytes().remaining();
      entry.putArray("data_offsets").add(begin).add(end);
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer header =
        ByteBuffer.allocate(SafetensorsHeader.PREFIX + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(padded).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    int limit = bytes.limit();
    // Java copies heap memory to a buffer of the same size outside the heap, and keeps that buffer.
    while (bytes.position() < limit) {
      bytes.limit(Math.min(limit, bytes.position() + PIECE));
      channel.write(bytes);
    }
  }
}
