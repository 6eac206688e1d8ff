package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import org.nnsight4j.internal.json.Json;

/** A model's {@code config.json}: sizes, activation, special tokens. */
public final class ModelConfig extends JsonFile {
  ModelConfig(Path file, String prefix, ObjectNode root) {
    super(file, prefix, root);
  }

  private ModelConfig(Path file) {
    super(file);
  }

  private ModelConfig(ModelConfig other, Map<String, String> aliases) {
    super(other, aliases);
  }

  /**
   * The same configuration, in which each value can be read by all of its names.
   *
   * @param aliases from another name of a key to its own
   * @throws org.nnsight4j.error.CheckpointException if the file has one value twice, and the two
   *     differ
   */
  public ModelConfig withAliases(Map<String, String> aliases) {
    return new ModelConfig(this, aliases);
  }

  public static ModelConfig read(Path file) {
    return new ModelConfig(file);
  }

  /** A configuration from JSON text; {@code name} stands for the file in messages. */
  public static ModelConfig parse(Path name, String json) {
    return new ModelConfig(name, "", Json.parseObject(name, json.toCharArray()));
  }

  /** The family that Hugging Face dispatches on, for example {@code gpt2}. */
  public String modelType() {
    return string("model_type");
  }
}
