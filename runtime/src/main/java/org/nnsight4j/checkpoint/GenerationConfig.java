package org.nnsight4j.checkpoint;

import java.nio.file.Path;

/** A model's {@code generation_config.json}: what its authors want decoding to do by default. */
public final class GenerationConfig extends JsonFile {
  private GenerationConfig(Path file) {
    super(file);
  }

  public static GenerationConfig read(Path file) {
    return new GenerationConfig(file);
  }
}
