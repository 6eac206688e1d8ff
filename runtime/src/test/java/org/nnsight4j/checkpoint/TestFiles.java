package org.nnsight4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.tensor.Tensor;

/** Makes model directories and damaged files. */
public final class TestFiles {
  private TestFiles() {}

  /** A safetensors file with any header text, right or wrong, and so many bytes of data. */
  public static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  public static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%s,%s]}"
        .formatted(name, dtype, shape, begin, end);
  }

  public static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A directory with config.json and the named tensors of shape [2] in model.safetensors. */
  public static Path model(Path directory, String... names) {
    write(directory.resolve("config.json"), "{\"model_type\":\"gpt2\",\"n_layer\":12}");
    if (names.length > 0) {
      shard(directory.resolve("model.safetensors"), names);
    }
    return directory;
  }

  public static void shard(Path file, String... names) {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (String name : names) {
      tensors.put(name, Tensor.of(new float[] {1, 2}, 2));
    }
    Safetensors.write(file, tensors, Map.of());
  }
}
