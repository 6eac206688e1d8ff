package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.nnsight4j.internal.json.Json;

/** A model's {@code generation_config.json}: its authors' defaults for decoding. */
public final class GenerationConfig extends JsonFile {
  private GenerationConfig(Path file) {
    super(file);
  }

  private GenerationConfig(Path name, ObjectNode root) {
    super(name, "", root);
  }

  public static GenerationConfig read(Path file) {
    return new GenerationConfig(file);
  }

  /** A configuration from JSON text; {@code name} stands for the file in messages. */
  public static GenerationConfig parse(Path name, String json) {
    return new GenerationConfig(name, Json.parseObject(name, json.toCharArray()));
  }
}
