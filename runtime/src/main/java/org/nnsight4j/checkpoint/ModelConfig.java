package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import org.nnsight4j.internal.json.Json;

/** A model's {@code config.json}: sizes, activation, special tokens. */
public final class ModelConfig extends JsonFile {
  private ModelConfig(Path file, String prefix, ObjectNode root) {
    super(file, prefix, root);
  }

  private ModelConfig(Path file) {
    super(file);
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

  /** A nested object, for example {@code rope_scaling}; its messages name the whole path. */
  public Optional<ModelConfig> section(String key) {
    return Optional.ofNullable(object(key))
        .map(node -> new ModelConfig(file(), path(key) + ".", node));
  }
}
