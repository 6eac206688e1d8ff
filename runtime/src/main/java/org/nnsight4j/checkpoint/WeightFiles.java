package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/** Finds the weight files of a directory, one or sharded, and joins their headers. */
final class WeightFiles {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final long MAX_INDEX_BYTES = 256L << 20;

  private WeightFiles() {}

  static SortedMap<String, TensorEntry> read(Path directory) {
    Path single = directory.resolve(SINGLE);
    if (Files.isRegularFile(single)) {
      return SafetensorsHeader.read(single).tensors();
    }
    Path index = directory.resolve(INDEX);
    if (Files.isRegularFile(index)) {
      return readShards(directory, index);
    }
    throw new CheckpointException(
        "%s: expected %s or %s, found %s"
            .formatted(
                directory.toAbsolutePath(),
                SINGLE,
                INDEX,
                hasPickle(directory)
                    ? "only pytorch_model.bin, which is a pickle and may run code; if it came from a hub, a conversion may wait there as revision refs/pr/N, or convert it once in Python:"
                        + " AutoModelForCausalLM.from_pretrained(\"%s\").save_pretrained(\"%s\")"
                            .formatted(directory, directory)
                    : "no weights; download them into this directory"));
  }

  private static boolean hasPickle(Path directory) {
    return Files.exists(directory.resolve("pytorch_model.bin"))
        || Files.exists(directory.resolve("pytorch_model.bin.index.json"));
  }

  private static SortedMap<String, TensorEntry> readShards(Path directory, Path index) {
    Map<String, String> fileOf = weightMap(index);
    TreeMap<String, TensorEntry> tensors = new TreeMap<>();
    for (String shard : new TreeSet<>(fileOf.values())) {
      Path file = directory.resolve(shard);
      if (!Files.isRegularFile(file)) {
        throw new CheckpointException(
            "%s: names the shard \"%s\", which is not in %s; download all shards"
                .formatted(index, shard, directory.toAbsolutePath()));
      }
      for (TensorEntry entry : SafetensorsHeader.read(file).tensors().values()) {
        TensorEntry other = tensors.put(entry.name(), entry);
        if (other != null) {
          throw new CheckpointException(
              "tensor \"%s\" is in two shards, %s and %s; expected it in one"
                  .formatted(entry.name(), other.file(), file));
        }
      }
    }
    fileOf.forEach(
        (name, shard) -> {
          TensorEntry entry = tensors.get(name);
          if (entry == null || !entry.file().equals(directory.resolve(shard))) {
            throw new CheckpointException(
                "%s: places tensor \"%s\" in \"%s\", found it %s; index and shards are of different versions, download all again"
                    .formatted(
                        index,
                        name,
                        shard,
                        entry == null ? "nowhere" : "in " + entry.file().getFileName()));
          }
        });
    return Collections.unmodifiableSortedMap(tensors);
  }

  private static Map<String, String> weightMap(Path index) {
    ObjectNode root = Json.readObject(index, MAX_INDEX_BYTES);
    if (!(root.get("weight_map") instanceof ObjectNode map) || map.isEmpty()) {
      throw new CheckpointException(
          "%s: expected an object \"weight_map\" from tensor to file, found %s"
              .formatted(index, Json.describe(root.path("weight_map"))));
    }
    Map<String, String> fileOf = new TreeMap<>();
    map.properties()
        .forEach(
            entry ->
                fileOf.put(entry.getKey(), plainName(index, entry.getKey(), entry.getValue())));
    return fileOf;
  }

  /** A shard is next to its index; a name that leads elsewhere is an attack or a mistake. */
  private static String plainName(Path index, String tensor, JsonNode value) {
    String name = value.textValue();
    boolean plain =
        name != null
            && name.endsWith(".safetensors")
            && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    if (!plain) {
      throw new CheckpointException(
          "%s: tensor \"%s\": expected the plain name of a .safetensors file in the same directory, found %s"
              .formatted(index, tensor, Json.describe(value)));
    }
    return name;
  }
}
