package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link LayerNorm}. */
public class LayerNormNode<A extends Axis> extends TransformNode<A, A> implements LayerNorm<A> {
  public LayerNormNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<A> weight() {
    return scope.parameter(child("weight"));
  }

  @Override
  public final Value<A> bias() {
    return scope.parameter(child("bias"));
  }
}
