package org.nnsight4j.arch;

/**
 * A generated model: the root of a descriptor's proxies.
 *
 * @param <M> the descriptor
 */
public interface Model<M> {
  /** The same tree, recording into {@code scope}. */
  M bind(Scope scope);

  /** The architecture that a generated model describes. */
  static String architecture(Model<?> model) {
    return ProxyNode.scopeOf(model).architecture();
  }
}
