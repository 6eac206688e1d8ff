package org.nnsight4j.internal.toolfile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.file.WholeFile;
import org.nnsight4j.tensor.Tensor;

/** Writes GGUF version 3, byte for byte as the Python package {@code gguf} does. */
final class GgufWriter {
  private static final int VERSION = 3;
  private static final int UINT32 = 4;
  private static final int STRING = 8;
  private static final int F32 = 0;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private GgufWriter() {}

  static void write(Path file, Gguf content) {
    byte[] bytes = new GgufWriter().bytes(content);
    try {
      WholeFile.at(file)
          .write(
              channel -> {
                ByteBuffer left = ByteBuffer.wrap(bytes);
                while (left.hasRemaining()) {
                  channel.write(left);
                }
              });
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be written: %s".formatted(file, e), e);
    }
  }

  private byte[] bytes(Gguf content) {
    put(
        little(24)
            .putInt(GgufReader.MAGIC)
            .putInt(VERSION)
            .putLong(content.tensors().size())
            .putLong(content.values().size()));
    for (Map.Entry<String, Object> each : content.values().entrySet()) {
      string(each.getKey());
      if (each.getValue() instanceof Long number) {
        put(little(8).putInt(UINT32).putInt(Math.toIntExact(number)));
      } else {
        put(little(4).putInt(STRING));
        string((String) each.getValue());
      }
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> each : content.tensors().entrySet()) {
      string(each.getKey());
      long[] shape = each.getValue().shape();
      ByteBuffer entry = little(4 + 8 * shape.length + 12).putInt(shape.length);
      for (int i = shape.length - 1; i >= 0; i--) {
        entry.putLong(shape[i]);
      }
      put(entry.putInt(F32).putLong(offset));
      offset = GgufReader.aligned(offset + 4L * each.getValue().size(), GgufReader.USUAL_ALIGNMENT);
    }
    align();
    for (Tensor each : content.tensors().values()) {
      ByteBuffer numbers = little(4 * each.size());
      for (float value : each.toFloatArray()) {
        numbers.putFloat(value);
      }
      put(numbers);
      align();
    }
    return out.toByteArray();
  }

  private static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void put(ByteBuffer bytes) {
    out.write(bytes.array(), 0, bytes.position());
  }

  private void string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    put(little(8).putLong(bytes.length));
    out.write(bytes, 0, bytes.length);
  }

  private void align() {
    long end = GgufReader.aligned(out.size(), GgufReader.USUAL_ALIGNMENT);
    out.write(new byte[(int) (end - out.size())], 0, (int) (end - out.size()));
  }
}
