package org.nnsight4j.family;

import java.util.Map;
import java.util.Set;
import org.nnsight4j.checkpoint.ModelConfig;

/**
 * An architecture: found by {@link java.util.ServiceLoader} through its {@code model_type}s. It
 * says what is where, and needs no engine; its forward pass is an {@code
 * org.nnsight4j.engine.NetworkFactory} of the same name.
 */
public interface Family {
  /** Its name, by which descriptors and networks belong to it: most often a {@code model_type}. */
  String architecture();

  /** Each {@code model_type} of config.json that it reads. */
  default Set<String> modelTypes() {
    return Set.of(architecture());
  }

  /**
   * Other names of keys of config.json, as the {@code attribute_map} of Hugging Face's class: from
   * the other name to its own. {@link Families} hands over configurations in which each value has
   * all its names.
   */
  default Map<String, String> aliases() {
    return Map.of();
  }

  /**
   * The module tree of one configuration.
   *
   * @throws org.nnsight4j.error.CheckpointException if the configuration cannot be run
   */
  Blueprint blueprint(ModelConfig config);
}
