package org.nnsight4j.internal.share;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Decides how runs of each shape are best executed. Nothing is assumed: before runs of a shape
 * share a pass for the first time, it is tried, and used only if it gave the same bits in less
 * time. Whether it does depends on the machine, its library of matrix products, and the model.
 */
public final class MeasuredSharing {
  /** The answer for runs that should run alone. */
  public static final int ALONE = 0;

  private static final int REMEMBERED = 256;
  private static final int TIMED = 3;
  private static final int COMPARED = 2;

  /** How much faster it has to be, because measurements on a busy machine are not exact. */
  private static final double MARGIN = 1.15;

  /** What trials may cost: a second in all, plus a twentieth of the time since. */
  private static final long FREE_NANOS = 1_000_000_000;

  private static final int SHARE_OF_TIME = 20;

  private final Trial trial;
  private final LongSupplier clock;
  private final long start;
  private long spent;
  private final Map<RunShape, Integer> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RunShape, Integer> eldest) {
          return size() > REMEMBERED;
        }
      };

  public MeasuredSharing(Trial trial) {
    this(trial, System::nanoTime);
  }

  MeasuredSharing(Trial trial, LongSupplier clock) {
    this.trial = trial;
    this.clock = clock;
    this.start = clock.getAsLong();
  }

  /** The largest number of runs that is tried; this keeps the number of shapes small. */
  public static int atMost(int runs) {
    return Integer.highestOneBit(runs);
  }

  /**
   * The number of parts into which the rows of each matrix product are split when runs of this
   * shape share a pass: one, or one for each run; or {@link #ALONE}.
   */
  public synchronized int parts(RunShape shape) {
    if (shape.runs() < 2) {
      return ALONE;
    }
    Integer answer = known.get(shape);
    if (answer != null) {
      return answer;
    }
    long now = clock.getAsLong();
    if (spent > FREE_NANOS + (now - start) / SHARE_OF_TIME) {
      return ALONE;
    }
    int found = tried(shape);
    spent += clock.getAsLong() - now;
    known.put(shape, found);
    return found;
  }

  private record Way(int parts, long nanos) {}

  private int tried(RunShape shape) {
    long alone = Long.MAX_VALUE;
    long whole = Long.MAX_VALUE;
    long each = Long.MAX_VALUE;
    for (int i = 0; i < TIMED; i++) {
      alone = Math.min(alone, trial.alone(shape));
      whole = Math.min(whole, trial.together(shape, 1));
      each = Math.min(each, trial.together(shape, shape.runs()));
    }
    List<Way> ways = new ArrayList<>(List.of(new Way(1, whole), new Way(shape.runs(), each)));
    ways.sort(Comparator.comparingLong(Way::nanos));
    for (Way way : ways) {
      if (way.nanos * MARGIN < alone && keepsBits(shape, way.parts)) {
        return way.parts;
      }
    }
    return ALONE;
  }

  private boolean keepsBits(RunShape shape, int parts) {
    for (int i = 0; i < COMPARED; i++) {
      if (!trial.keepsBits(shape, parts)) {
        return false;
      }
    }
    return true;
  }
}
