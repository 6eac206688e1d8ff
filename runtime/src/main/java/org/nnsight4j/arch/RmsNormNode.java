package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of an {@link RmsNorm}. */
public class RmsNormNode<A extends Axis> extends TransformNode<A, A> implements RmsNorm<A> {
  public RmsNormNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<A> weight() {
    return scope.parameter(child("weight"));
  }
}
