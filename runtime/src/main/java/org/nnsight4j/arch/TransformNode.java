package org.nnsight4j.arch;

import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Transform}. */
public class TransformNode<I extends Axis, O extends Axis> extends ProxyNode
    implements Transform<I, O> {
  public TransformNode(Scope scope, String path) {
    super(scope, path);
  }

  /** Creates the root of a tree that knows its paths and records nothing. */
  protected TransformNode(String architecture) {
    super(architecture);
  }

  @Override
  public final Value<I> input() {
    return scope.read(path, Port.INPUT, 0);
  }

  @Override
  public final Value<O> output() {
    return scope.read(path, Port.OUTPUT, 0);
  }

  @Override
  public final Value<O> apply(Value<? extends I> argument) {
    return scope.apply(path, argument);
  }

  @Override
  public final void skip(Value<? extends O> value) {
    scope.skip(path, value);
  }
}
