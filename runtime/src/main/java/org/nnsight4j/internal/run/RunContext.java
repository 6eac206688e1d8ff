package org.nnsight4j.internal.run;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.tensor.Tensor;

/**
 * The context of a run: the earlier runs of its session, a watcher, its memory, and where it keeps
 * what it saves.
 */
public interface RunContext {
  /** No session, no watcher. */
  RunContext NONE = new RunContext() {};

  /** The numbers of a save node of an earlier run of the same session. */
  default Tensor earlier(int run, int save) {
    throw new IllegalStateException("this run belongs to no session");
  }

  /** The numbers of a constant: those of the recording, unless this run has others. */
  default Tensor constant(Node.Constant node) {
    return node.tensor();
  }

  /** Counts the bytes of the run. */
  default Meter meter() {
    return Meter.endless();
  }

  /** Where saved numbers are kept. */
  default Shelf shelf() {
    return Shelf.HEAP;
  }

  /**
   * Called before each forward pass; an exception from here ends the run.
   *
   * @param pass how many happened before
   * @param most how many there can be
   */
  default void passing(int pass, int most) {}

  /** The runs with which this one shares its steps of generation; null if it runs alone. */
  default @Nullable Company company() {
    return null;
  }

  /**
   * Other runs of generation on the same network.
   *
   * @param steps takes turns with them, and shares passes
   * @param alone why this run shares no pass; null if it may
   */
  record Company(JoinedSteps steps, @Nullable String alone) {}

  /** Who hears of new tokens. */
  default TokenListener tokens() {
    return TokenListener.NONE;
  }
}
