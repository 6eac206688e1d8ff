package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.nnsight4j.internal.digest.Sha256;

/**
 * The names of a checkpoint's weights and of its tokenizer: SHA-256 of their bytes, read once in a
 * process while size and time of change stay the same.
 */
final class ExactDigest {
  private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();
  private static final List<String> TOKENIZER =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json");

  private ExactDigest() {}

  /** Of config.json and all weights. */
  static String weights(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return of(
          files
              .filter(Files::isRegularFile)
              .filter(
                  file ->
                      file.endsWith("config.json")
                          || file.toString().endsWith(".safetensors")
                          || file.toString().endsWith(".safetensors.index.json"))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of the files of a tokenizer; a short word if there are none. */
  static String tokenizer(Path directory) {
    List<Path> files =
        TOKENIZER.stream().map(directory::resolve).filter(Files::isRegularFile).toList();
    return files.isEmpty() ? "none" : of(files);
  }

  private static String of(List<Path> files) {
    TreeMap<String, String> hashes = new TreeMap<>();
    for (Path file : files) {
      hashes.put(file.getFileName().toString(), hash(file));
    }
    return Sha256.of(hashes.toString());
  }

  private static String hash(Path file) {
    try {
      Path real = file.toRealPath();
      String key = real + " " + Files.size(real) + " " + Files.getLastModifiedTime(real);
      String known = KNOWN.get(key);
      if (known == null) {
        known = Sha256.of(real);
        KNOWN.put(key, known);
      }
      return known;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
