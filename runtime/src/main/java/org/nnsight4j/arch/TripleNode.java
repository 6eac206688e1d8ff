package org.nnsight4j.arch;

import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Triple}. */
public class TripleNode<A extends Axis> extends ProxyNode implements Triple<A> {
  public TripleNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<Axis> input() {
    return scope.read(path, Port.INPUT, 0);
  }

  @Override
  public final Value<A> output(int element) {
    return scope.read(path, Port.OUTPUT, element);
  }
}
