package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Conv1D}. */
public class Conv1DNode<I extends Axis, O extends Axis> extends TransformNode<I, O>
    implements Conv1D<I, O> {
  public Conv1DNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<O> weight() {
    return scope.parameter(child("weight"));
  }

  @Override
  public final Value<O> bias() {
    return scope.parameter(child("bias"));
  }
}
