package org.nnsight4j.toolkit.patching;

import static com.google.common.truth.Truth.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nnsight4j.family.DecoderPlaces;

/** Softmax with one score changed, beside the same computed from the start. */
final class PatternChangeTest {
  private static final int HEADS = 4;
  private static final int LENGTH = 5;

  @Test
  void oneKeyChangesItsScoreInEachRow() {
    check(new DecoderPlaces.Attention("a", "a.o", HEADS, 2, 3, false, null, false));
  }

  /** As in gpt-oss, where a sink takes part of each row. */
  @Test
  void aSinkTakesItsPart() {
    check(new DecoderPlaces.Attention("a", "a.o", HEADS, 2, 3, false, null, true));
  }

  private static void check(DecoderPlaces.Attention places) {
    Random random = new Random(7);
    double[] scores = new double[HEADS * LENGTH * LENGTH];
    double[] other = new double[scores.length];
    double[] gradient = new double[scores.length];
    double[] sinks = new double[HEADS];
    for (int i = 0; i < scores.length; i++) {
      boolean seen = i % LENGTH <= i / LENGTH % LENGTH;
      // So sharp that a plain subtraction from 1 would leave nothing.
      scores[i] = seen ? 60 * random.nextGaussian() : Double.NEGATIVE_INFINITY;
      other[i] = seen ? 60 * random.nextGaussian() : Double.NEGATIVE_INFINITY;
      gradient[i] = random.nextGaussian();
    }
    for (int head = 0; head < HEADS; head++) {
      sinks[head] = places.sinks() ? scores[head * LENGTH * LENGTH] + 1 : Double.NEGATIVE_INFINITY;
    }
    double[] pattern = softmax(scores, sinks);
    double[][] found =
        new PatternChange(scores, other, pattern, pattern, LENGTH, places).ofKeys(gradient);
    assertThat(found).hasLength(2);
    for (int shared = 0; shared < 2; shared++) {
      for (int key = 0; key < LENGTH; key++) {
        double[] changed = scores.clone();
        for (int head = 2 * shared; head < 2 * shared + 2; head++) {
          for (int query = 0; query < LENGTH; query++) {
            int at = (head * LENGTH + query) * LENGTH + key;
            changed[at] = other[at];
          }
        }
        double[] after = softmax(changed, sinks);
        double sum = 0;
        for (int i = 0; i < after.length; i++) {
          sum += (after[i] - pattern[i]) * gradient[i];
        }
        assertThat(found[shared][key]).isWithin(1e-9).of(sum);
      }
    }
  }

  private static double[] softmax(double[] scores, double[] sinks) {
    double[] pattern = new double[scores.length];
    for (int row = 0; row < scores.length; row += LENGTH) {
      double sink = sinks[row / (LENGTH * LENGTH)];
      double most = sink;
      for (int i = row; i < row + LENGTH; i++) {
        most = Math.max(most, scores[i]);
      }
      double sum = Math.exp(sink - most);
      for (int i = row; i < row + LENGTH; i++) {
        sum += Math.exp(scores[i] - most);
      }
      for (int i = row; i < row + LENGTH; i++) {
        pattern[i] = Math.exp(scores[i] - most) / sum;
      }
    }
    return pattern;
  }
}
