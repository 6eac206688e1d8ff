package org.nnsight4j.internal.decode;

import java.util.SplittableRandom;

/** The random numbers of one row. They depend only on the seed and the row's index. */
public final class Draws {
  private final SplittableRandom random;

  Draws(long seed, int row, int sequence) {
    this.random = new SplittableRandom(mix(mix(mix(seed) + row) + sequence));
  }

  /** Draws a token by its probability, which is proportional to the exponential of its score. */
  int token(float[] scores) {
    double[] weights = Selection.weights(scores);
    double total = 0;
    for (double weight : weights) {
      total += weight;
    }
    double left = random.nextDouble() * total;
    int token = -1;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        token = i;
        left -= weights[i];
        if (left < 0) {
          break;
        }
      }
    }
    return token;
  }

  /** Noise that, added to log probabilities, makes the largest ones a draw without replacement. */
  double gumbel() {
    return -Math.log(-Math.log(random.nextDouble(Double.MIN_NORMAL, 1)));
  }

  /** The finaliser of MurmurHash3, after a step of the golden ratio so that 0 is not fixed. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
