package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of an {@link Embedding}. */
public class EmbeddingNode<O extends Axis> extends LayerNode<O> implements Embedding<O> {
  public EmbeddingNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<O> weight() {
    return scope.parameter(child("weight"));
  }
}
