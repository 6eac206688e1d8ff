package org.nnsight4j.arch;

import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Proxy of a {@link Site}. */
public class SiteNode<A extends Axis> extends ProxyNode implements Site<A> {
  public SiteNode(Scope scope, String path) {
    super(scope, path);
  }

  @Override
  public final Value<A> output() {
    return scope.read(path, Port.OUTPUT, 0);
  }
}
