package org.nnsight4j.checkpoint;

/** stub */
public interface ModelConfig {
  String modelType();
}
