package org.nnsight4j.internal.share;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.nnsight4j.internal.run.Rehearsal;

/** Passes over random tokens. */
public final class RandomTrial implements Trial {
  private final Rehearsal rehearsal;
  private final int vocabulary;
  private final SplittableRandom random = new SplittableRandom(5);

  /**
   * @param vocabulary how many token ids there are
   */
  public RandomTrial(Rehearsal rehearsal, int vocabulary) {
    this.rehearsal = rehearsal;
    this.vocabulary = vocabulary;
  }

  @Override
  public long alone(RunShape shape) {
    return rehearsal.nanos(rows(shape), 1) * shape.runs();
  }

  @Override
  public long together(RunShape shape, int parts) {
    List<long[]> all = new ArrayList<>();
    for (int run = 0; run < shape.runs(); run++) {
      all.addAll(rows(shape));
    }
    return rehearsal.nanos(all, parts);
  }

  @Override
  public boolean keepsBits(RunShape shape, int parts) {
    List<List<long[]>> runs = new ArrayList<>();
    for (int run = 0; run < shape.runs(); run++) {
      runs.add(rows(shape));
    }
    return rehearsal.keepsBits(runs, parts);
  }

  private List<long[]> rows(RunShape shape) {
    List<long[]> rows = new ArrayList<>();
    for (int row = 0; row < shape.rows(); row++) {
      rows.add(random.longs(shape.tokens(), 0, vocabulary).toArray());
    }
    return rows;
  }
}
