package org.nnsight4j.engine;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;

/** Builds the forward pass of an architecture; found by {@link java.util.ServiceLoader}. */
public interface NetworkFactory {
  /** The {@code model_type} of config.json. */
  String architecture();

  /** Creates the network of one configuration with its weights. */
  Network create(Blueprint blueprint, ModelConfig config, Weights weights);
}
