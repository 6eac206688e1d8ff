package org.nnsight4j.arch;

import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Layer}. */
public class LayerNode<O extends Axis> extends ProxyNode implements Layer<O> {
  public LayerNode(Scope scope, String path) {
    super(scope, path);
  }

  /** Creates the root of a tree that knows its paths and records nothing. */
  protected LayerNode(String architecture) {
    super(architecture);
  }

  @Override
  public final Value<Axis> input() {
    return scope.read(path, Port.INPUT, 0);
  }

  @Override
  public final Value<O> output() {
    return scope.read(path, Port.OUTPUT, 0);
  }

  @Override
  public final Value<O> apply(Value<?> argument) {
    return scope.apply(path, argument);
  }

  @Override
  public final void skip(Value<? extends O> value) {
    scope.skip(path, value);
  }
}
