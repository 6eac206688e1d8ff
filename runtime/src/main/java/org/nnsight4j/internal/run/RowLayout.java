package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The arrangement of a run's rows: rows end, and beams change places. A value of several rows is
 * meaningless for another arrangement, even if its shape fits by broadcasting.
 */
final class RowLayout {
  private final List<Set<Long>> counts = new ArrayList<>(List.of(new HashSet<>()));

  /**
   * Starts a pass.
   *
   * @param moved whether its rows differ from those of the pass before, or have moved
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

  /** Whether a value comes from an earlier arrangement of several rows. */
  boolean isStale(int then, long[] shape) {
    return then != now() && shape.length > 0 && shape[0] > 1 && counts.get(then).contains(shape[0]);
  }
}
