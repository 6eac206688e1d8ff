package org.nnsight4j.internal.run;

import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Node;

/**
 * Counts the bytes that the values of a run take, and ends the run with the user's line before the
 * machine kills the process. It counts each array that a node makes, and the temporary memory of
 * its kernel; views count as if they were copies. Used by one thread.
 */
public final class Meter {
  private final long most;
  private long live;
  private long kept;

  /**
   * Starts at 0.
   *
   * @param most how many bytes there may be at the same time
   */
  public Meter(long most) {
    this.most = most;
  }

  /** A meter that counts but never ends a run. */
  public static Meter endless() {
    return new Meter(Long.MAX_VALUE);
  }

  /** Whether it is worthwhile to announce what a kernel needs. */
  boolean isBounded() {
    return most != Long.MAX_VALUE;
  }

  /**
   * Announces what the forward passes of a run need.
   *
   * @throws RunException if that is more than there is
   */
  public void passes(long bytes, long rows, long tokens) {
    if (isBounded() && bytes > free()) {
      throw new RunException(
          "the forward passes over %s rows of up to %s tokens need up to %s bytes; %s. Give fewer or shorter prompts"
              .formatted(rows, tokens, bytes, state()));
    }
    live += bytes;
  }

  /**
   * Checks that there is room for something.
   *
   * @throws RunException if there is none, with the line of the node
   */
  void check(long bytes, Node node) {
    if (isBounded() && bytes > free()) {
      throw new RunException(
          node.location(),
          "%s needs %s bytes; %s. Save less, reduce it earlier, or do it in parts"
              .formatted(Evaluation.describe(node), bytes, state()));
    }
  }

  private long free() {
    return most - kept - live;
  }

  private String state() {
    return "the run takes %s already, expected at most %s at the same time"
        .formatted(live + kept, most);
  }

  /** Counts an array of a node. */
  void take(long bytes, Node node) {
    check(bytes, node);
    live += bytes;
  }

  /** Subtracts a freed array. */
  void give(long bytes) {
    live -= bytes;
  }

  /** Counts numbers that are kept until the result is written. */
  void keep(long bytes, Node node) {
    check(bytes, node);
    kept += bytes;
  }

  /** Called when a run has ended: only what was kept remains. */
  public void ended() {
    live = 0;
  }
}
