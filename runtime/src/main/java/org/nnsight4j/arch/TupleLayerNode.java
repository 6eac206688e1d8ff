package org.nnsight4j.arch;

import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link TupleLayer}. */
public class TupleLayerNode<A extends Axis> extends ProxyNode implements TupleLayer<A> {
  public TupleLayerNode(Scope scope, String path) {
    super(scope, path);
  }

  /** Creates the root of a tree that knows its paths and records nothing. */
  protected TupleLayerNode(String architecture) {
    super(architecture);
  }

  @Override
  public final Value<A> input() {
    return scope.read(path, Port.INPUT, 0);
  }

  @Override
  public final Value<A> output(int element) {
    return scope.read(path, Port.OUTPUT, element);
  }

  @Override
  public final Value<A> apply(Value<? extends A> argument) {
    return scope.apply(path, argument);
  }

  @Override
  public final void skip(Value<? extends A> value) {
    scope.skip(path, value);
  }
}
