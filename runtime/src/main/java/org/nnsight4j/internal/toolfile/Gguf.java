package org.nnsight4j.internal.toolfile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

/**
 * A small file in llama.cpp's format GGUF, versions 2 and 3: names with values, and tensors of the
 * types F32 and F16. It is not meant for models.
 *
 * @param values {@link String}, {@link Long}, {@link Double} or {@link Boolean}; lists are left out
 * @param tensors in the order of the file
 */
public record Gguf(Map<String, Object> values, Map<String, Tensor> tensors) {
  /** Steering files are at most a few megabytes. */
  private static final long LARGEST = 256L << 20;

  public Gguf {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is damaged or has quantised tensors
   */
  public static Gguf read(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new CheckpointException(
            "%s: expected at most %s bytes, as control vectors have, found %s; is this a model?"
                .formatted(file, LARGEST, size));
      }
      return new GgufReader(file, Files.readAllBytes(file)).read();
    } catch (NoSuchFileException e) {
      throw new CheckpointException("%s: there is no such file".formatted(file), e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Writes a file of version 3; its tensors become F32. */
  public void write(Path file) {
    GgufWriter.write(file, this);
  }
}
