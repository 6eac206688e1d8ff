package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How the rows of a run stand: rows end, and beams change places. A value of several rows means
 * nothing to the rows of another arrangement, though its shape may fit by broadcasting.
 */
final class RowLayout {
  private final List<Set<Long>> counts = new ArrayList<>(List.of(new HashSet<>()));

  /**
   * A pass begins.
   *
   * @param moved whether its rows are others than those of the pass before, or in other places
   */
  void begin(Frame frame, boolean moved) {
    if (moved) {
      counts.add(new HashSet<>());
    }
    counts.get(now()).addAll(frame.counts());
  }

  /** The number of the present arrangement. */
  int now() {
    return counts.size() - 1;
  }

  /** Whether a value of an earlier arrangement is one of several rows that stand no longer so. */
  boolean isStale(int then, long[] shape) {
    return then != now() && shape.length > 0 && shape[0] > 1 && counts.get(then).contains(shape[0]);
  }
}
