package org.nnsight4j.internal.share;

import static com.google.common.truth.Truth.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Sharing that is exact and faster is used; everything else runs alone. */
final class MeasuredSharingTest {
  private static final RunShape FOUR = new RunShape(4, 1, 8);

  private final AtomicLong clock = new AtomicLong();
  private int trials;

  private class Machine implements Trial {
    private final long whole;
    private final long parts;
    private final boolean wholeIsExact;
    private final boolean partsAreExact;
    int comparisons;

    Machine(long whole, boolean wholeIsExact, long parts, boolean partsAreExact) {
      this.whole = whole;
      this.wholeIsExact = wholeIsExact;
      this.parts = parts;
      this.partsAreExact = partsAreExact;
    }

    @Override
    public long alone(RunShape shape) {
      trials++;
      clock.addAndGet(1000);
      return 1000;
    }

    @Override
    public long together(RunShape shape, int count) {
      clock.addAndGet(count == 1 ? whole : parts);
      return count == 1 ? whole : parts;
    }

    @Override
    public boolean keepsBits(RunShape shape, int count) {
      comparisons++;
      return count == 1 ? wholeIsExact : partsAreExact;
    }
  }

  private int parts(Machine machine) {
    return new MeasuredSharing(machine, clock::get).parts(FOUR);
  }

  @Test
  void theFastestExactWayIsUsed() {
    assertThat(parts(new Machine(300, true, 500, true))).isEqualTo(1);
    assertThat(parts(new Machine(300, false, 500, true))).isEqualTo(4);
    assertThat(parts(new Machine(500, true, 300, true))).isEqualTo(4);
    assertThat(parts(new Machine(500, true, 300, false))).isEqualTo(1);
  }

  @Test
  void runsAloneIfSharingIsNotExactOrNotFaster() {
    assertThat(parts(new Machine(300, false, 500, false))).isEqualTo(MeasuredSharing.ALONE);
    assertThat(parts(new Machine(900, true, 1100, true))).isEqualTo(MeasuredSharing.ALONE);
    assertThat(parts(new Machine(300, false, 900, true))).isEqualTo(MeasuredSharing.ALONE);
  }

  /** Bits that agree once may agree by chance. */
  @Test
  void bitsAreComparedMoreThanOnce() {
    Machine machine =
        new Machine(300, true, 2000, false) {
          @Override
          public boolean keepsBits(RunShape shape, int count) {
            return super.keepsBits(shape, count) && comparisons < 2;
          }
        };
    assertThat(parts(machine)).isEqualTo(MeasuredSharing.ALONE);
  }

  @Test
  void aShapeIsTriedOnce() {
    MeasuredSharing ways = new MeasuredSharing(new Machine(300, true, 500, true), clock::get);
    assertThat(ways.parts(FOUR)).isEqualTo(1);
    int before = trials;
    assertThat(ways.parts(FOUR)).isEqualTo(1);
    assertThat(trials).isEqualTo(before);
    assertThat(ways.parts(new RunShape(1, 1, 8))).isEqualTo(MeasuredSharing.ALONE);
    assertThat(trials).isEqualTo(before);
  }

  /** After a second of trials the next have to wait until time has passed. */
  @Test
  void trialsTakeASmallPartOfTheTime() {
    Machine slow = new Machine(400_000_000L, true, 800_000_000L, true);
    MeasuredSharing ways = new MeasuredSharing(slow, clock::get);
    ways.parts(FOUR);
    int before = trials;
    assertThat(ways.parts(new RunShape(2, 1, 8))).isEqualTo(MeasuredSharing.ALONE);
    assertThat(trials).isEqualTo(before);
    clock.addAndGet(60_000_000_000L);
    ways.parts(new RunShape(2, 1, 8));
    assertThat(trials).isGreaterThan(before);
  }

  @Test
  void fewSizesAreTried() {
    assertThat(MeasuredSharing.atMost(1)).isEqualTo(1);
    assertThat(MeasuredSharing.atMost(3)).isEqualTo(2);
    assertThat(MeasuredSharing.atMost(8)).isEqualTo(8);
    assertThat(MeasuredSharing.atMost(15)).isEqualTo(8);
  }
}
