package org.nnsight4j.family;

import java.util.Map;
import java.util.Set;
import org.nnsight4j.checkpoint.ModelConfig;

/**
 * An architecture, found by {@link java.util.ServiceLoader} through its {@code model_type}s. It
 * describes the module tree without an engine; its forward pass is an {@code
 * org.nnsight4j.engine.NetworkFactory} of the same name.
 */
public interface Family {
  /** Its name, which descriptors and networks refer to; usually a {@code model_type}. */
  String architecture();

  /** Each {@code model_type} of config.json that it reads. */
  default Set<String> modelTypes() {
    return Set.of(architecture());
  }

  /**
   * Other names of keys of config.json, as in the {@code attribute_map} of Hugging Face's class:
   * from the other name to its own. {@link Families} passes configurations in which each value has
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
