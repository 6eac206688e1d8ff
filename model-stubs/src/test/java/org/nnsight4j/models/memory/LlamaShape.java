package org.nnsight4j.models.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Families;

/** A published size of Llama with weights of BF16 in one file, random or none. */
enum LlamaShape {
  /** Llama 3.2 1B: 2.5 GB. */
  OF_1B(16, 2048, 8192, 32, 8, true, 1),
  /** Llama 3.1 8B: 16 GB, most of them holes of the file. */
  OF_8B(32, 4096, 14336, 32, 8, false, 64);

  private static final int BLOCK = 1 << 22;

  private final String config;
  private final int oneOf;

  /**
   * A shape.
   *
   * @param oneOf so many blocks of 4 MiB are left out for each that is written
   */
  LlamaShape(int layers, int hidden, int inner, int heads, int keys, boolean tied, int oneOf) {
    this.oneOf = oneOf;
    this.config =
        """
        {"model_type": "llama", "vocab_size": 128256, "num_hidden_layers": %s, "hidden_size": %s,
         "intermediate_size": %s, "num_attention_heads": %s, "num_key_value_heads": %s,
         "head_dim": %s, "tie_word_embeddings": %s, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
         "max_position_embeddings": 131072, "hidden_act": "silu"}
        """
            .formatted(layers, hidden, inner, heads, keys, hidden / heads, tied);
  }

  Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), config);
    ModelConfig read = Checkpoint.open(folder).config();
    Map<String, long[]> parameters =
        new TreeMap<>(
            Families.blueprint(Families.require("llama", LlamaShape.class.getClassLoader()), read)
                .parameters());
    StringBuilder header = new StringBuilder("{");
    long bytes = 0;
    for (Map.Entry<String, long[]> each : parameters.entrySet()) {
      long end = bytes + 2 * Arrays.stream(each.getValue()).reduce(1, (a, b) -> a * b);
      header.append(header.length() == 1 ? "" : ",");
      header.append(
          "\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%s,%s]}"
              .formatted(each.getKey(), Arrays.toString(each.getValue()), bytes, end));
      bytes = end;
    }
    header.append('}');
    header.append(" ".repeat((8 - header.length() % 8) % 8));
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("model.safetensors"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      file.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).flip(), 0);
      file.write(ByteBuffer.wrap(json), 8);
      numbers(file, 8 + json.length, bytes);
    }
    return folder;
  }

  /** Normal numbers of about 0.02, block after block; what is left out is 0. */
  private void numbers(FileChannel file, long begin, long bytes) throws IOException {
    Random random = new Random(1);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK + 2).order(ByteOrder.LITTLE_ENDIAN);
    while (block.hasRemaining()) {
      float number = (float) (0.02 * random.nextGaussian());
      block.putShort((short) (Float.floatToRawIntBits(number) >>> 16));
    }
    int written = 0;
    for (long at = 0; at < bytes; at += BLOCK, written++) {
      long count = Math.min(BLOCK, bytes - at);
      boolean last = at + count == bytes;
      if (written % oneOf == 0 || last) {
        // No two blocks begin alike.
        int shift = 2 * (written % 1000);
        write(file, block.duplicate().position(0).limit((int) count), begin + at);
        write(
            file, block.duplicate().position(shift).limit((int) Math.min(count, 4096)), begin + at);
      }
    }
  }

  private static void write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
    long place = at;
    while (bytes.hasRemaining()) {
      place += file.write(bytes, place);
    }
  }
}
