package org.nnsight4j.internal.graph;

/** The invoker whose rows something is computed from. */
public sealed interface Owner {
  /** The rows of several invokers, or of none. */
  Owner NOBODY = new Nobody();

  /** The rows of several invokers, or of none. */
  record Nobody() implements Owner {}

  /** The rows of one invoker. */
  record OfInvoker(int number) implements Owner {}

  static Owner of(int invoker) {
    return new OfInvoker(invoker);
  }
}
