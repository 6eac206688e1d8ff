package org.nnsight4j.internal.graph;

/** The pass that a site belongs to: the model's own, or that of something called in it. */
public sealed interface SiteScope {
  /** The model's own forward pass. */
  SiteScope OWN_PASS = new OwnPass();

  /** The model's own forward pass. */
  record OwnPass() implements SiteScope {}

  /**
   * Inside an applied module, or at a value with a name.
   *
   * @param node the {@link Node.Apply} or {@link Node.Point}
   */
  record Inside(int node) implements SiteScope {}

  static SiteScope inside(int node) {
    return new Inside(node);
  }

  default boolean isOwnPass() {
    return this instanceof OwnPass;
  }

  /** Whether it is inside one node. */
  default boolean isInside(int node) {
    return this instanceof Inside inside && inside.node() == node;
  }
}
