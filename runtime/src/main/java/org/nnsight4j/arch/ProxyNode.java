package org.nnsight4j.arch;

import org.nnsight4j.internal.source.NotUserCode;

/** Base class of all generated proxies: a place in the module tree, and where to record. */
@NotUserCode
public abstract class ProxyNode {
  // Fields, not getters: a getter without parameters could clash with a layer of that name.
  protected final Scope scope;
  protected final String path;

  protected ProxyNode(Scope scope, String path) {
    this.scope = scope;
    this.path = path;
  }

  // Takes no Scope, because a generated class could not always name that type in an expression.
  protected ProxyNode(String architecture) {
    this(Scope.unbound(architecture), "");
  }

  /** The path of a child module. */
  protected final String child(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** The path of one of several repeated child modules. */
  protected final String item(String name, int index, String countKey) {
    String list = child(name);
    return list + "." + scope.index(list, index, countKey);
  }

  @Override
  public final String toString() {
    return path.isEmpty() ? scope.architecture() : path;
  }

  static String pathOf(Object proxy) {
    return node(proxy).path;
  }

  static Scope scopeOf(Object proxy) {
    return node(proxy).scope;
  }

  private static ProxyNode node(Object proxy) {
    if (proxy instanceof ProxyNode node) {
      return node;
    }
    throw new IllegalArgumentException(
        "expected a layer or site of a generated model, found " + proxy.getClass().getName());
  }
}
