package org.nnsight4j.arch;

import org.nnsight4j.graph.Port;
import org.nnsight4j.graph.Value;
import org.nnsight4j.shape.Axis;

/** Proxy of a {@link Site}. */
public class SiteNode<A extends Axis> extends Node implements Site<A> {
  public SiteNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<A> output() {
    return scope.read(path, Port.OUTPUT, 0);
  }
}
