package org.nnsight4j.arch;

import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Pair}. */
public class PairNode<A extends Axis> extends Node implements Pair<A> {
  public PairNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<A> output(int element) {
    return scope.read(path, Port.OUTPUT, element);
  }
}
