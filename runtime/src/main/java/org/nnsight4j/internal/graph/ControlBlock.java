package org.nnsight4j.internal.graph;

import org.nnsight4j.error.SourceLine;

/**
 * Nodes that do not run exactly once: those whose ids are at least {@code begin} and below {@code
 * end}. Blocks are nested or disjoint.
 */
public sealed interface ControlBlock {
  /** The first node. */
  int begin();

  /** The node after the last. */
  int end();

  SourceLine line();

  default boolean contains(int node) {
    return node >= begin() && node < end();
  }

  /**
   * Nodes that run at each step of generation from {@code from} to before {@code to}.
   *
   * @param to {@link #OPEN} for as long as the run continues
   */
  record Steps(int begin, int end, int from, int to, SourceLine line) implements ControlBlock {
    /** No last step. */
    public static final int OPEN = Integer.MAX_VALUE;

    public boolean runsAt(int step) {
      return step >= from && step < to;
    }

    @Override
    public String toString() {
      return to == OPEN
          ? from == 0 ? "every step" : "steps from " + from
          : "steps " + from + " to " + (to - 1);
    }
  }

  /** Nodes that run only if a condition has the expected truth value. */
  record Branch(int begin, int end, int condition, boolean expected, SourceLine line)
      implements ControlBlock {}
}
