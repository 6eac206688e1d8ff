package org.nnsight4j.arch;

import org.nnsight4j.internal.source.NotUserCode;

/** Base of all generated proxies: a place in the module tree, and where to record. */
@NotUserCode
public abstract class Node {
  // Fields, not getters: a getter without parameters could clash with a layer of that name.
  protected final Scope scope;
  protected final String path;

  protected Node(Scope scope, String path) {
    this.scope = scope;
    this.path = path;
  }

  /** The path of a child module. */
  protected final String child(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** The path of one of a repeated child module. */
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

  private static Node node(Object proxy) {
    if (proxy instanceof Node node) {
      return node;
    }
    throw new IllegalArgumentException(
        "expected a layer or site of a generated model, found " + proxy.getClass().getName());
  }
}
