package org.nnsight4j.internal.decode;

/** Selects among the scores of one row, in one pass or a few. */
final class Selection {
  private Selection() {}

  /** The index of the largest score, the first of equal ones; -1 if all are negative infinity. */
  static int argmax(float[] scores) {
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > largest) {
        largest = scores[i];
        best = i;
      }
    }
    return best;
  }

  /** The {@code k}-th largest value, counted from 1, by Hoare's selection on a copy. */
  static float largest(float[] values, int k) {
    float[] work = values.clone();
    int target = work.length - k;
    int low = 0;
    int high = work.length - 1;
    while (low < high) {
      float pivot = median(work[low], work[(low + high) >>> 1], work[high]);
      int i = low;
      int j = high;
      while (i <= j) {
        while (work[i] < pivot) {
          i++;
        }
        while (work[j] > pivot) {
          j--;
        }
        if (i <= j) {
          float swap = work[i];
          work[i++] = work[j];
          work[j--] = swap;
        }
      }
      if (target <= j) {
        high = j;
      } else if (target >= i) {
        low = i;
      } else {
        return work[target];
      }
    }
    return work[target];
  }

  private static float median(float a, float b, float c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  /** Probabilities up to a common factor; needs one finite score and no positive infinity. */
  static double[] weights(float[] scores) {
    float largest = scores[argmax(scores)];
    double[] weights = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] != Float.NEGATIVE_INFINITY) {
        weights[i] = Math.exp((double) scores[i] - largest);
      }
    }
    return weights;
  }

  /** The logarithms of the probabilities, as floats like torch's. */
  static float[] logSoftmax(float[] logits) {
    float largest = logits[argmax(logits)];
    double sum = 0;
    for (float logit : logits) {
      if (logit != Float.NEGATIVE_INFINITY) {
        sum += Math.exp((double) logit - largest);
      }
    }
    float logSum = (float) Math.log(sum);
    float[] logs = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      logs[i] = logits[i] - largest - logSum;
    }
    return logs;
  }

  /** A number that sorts by score, then by index; its lower half is the index. */
  static long ascending(float score, int place) {
    int bits = Float.floatToIntBits(score + 0f);
    int ordered = bits >= 0 ? bits : bits ^ 0x7fffffff;
    return (long) ordered << 32 | place;
  }
}
