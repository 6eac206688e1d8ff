package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Linear}. */
public class LinearNode<I extends Axis, O extends Axis> extends TransformNode<I, O>
    implements Linear<I, O> {
  public LinearNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<I> weight() {
    return scope.parameter(child("weight"));
  }

  @Override
  public final Value<O> bias() {
    return scope.parameter(child("bias"));
  }
}
