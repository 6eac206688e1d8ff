package org.nnsight4j.internal.decode;

import java.util.Arrays;

/** The best continuations seen so far, best first; of equal ones, the first offered. */
final class Candidates {
  private final double[] keys;
  private final float[] scores;
  private final int[] beams;
  private final int[] tokens;
  private int count;

  Candidates(int capacity) {
    keys = new double[capacity];
    scores = new float[capacity];
    beams = new int[capacity];
    tokens = new int[capacity];
  }

  void offer(double key, float score, int beam, int token) {
    if (count == keys.length && !(key > keys[count - 1])) {
      return;
    }
    int place = count < keys.length ? count++ : count - 1;
    while (place > 0 && key > keys[place - 1]) {
      keys[place] = keys[place - 1];
      scores[place] = scores[place - 1];
      beams[place] = beams[place - 1];
      tokens[place] = tokens[place - 1];
      place--;
    }
    keys[place] = key;
    scores[place] = score;
    beams[place] = beam;
    tokens[place] = token;
  }

  int count() {
    return count;
  }

  float score(int place) {
    return scores[place];
  }

  float[] scores() {
    return Arrays.copyOf(scores, count);
  }

  int beam(int place) {
    return beams[place];
  }

  int token(int place) {
    return tokens[place];
  }

  /** The indices of the {@code k} largest values, largest first; of equal ones, the first. */
  static int[] best(float[] values, int k) {
    Candidates best = new Candidates(k);
    for (int i = 0; i < values.length; i++) {
      best.offer(values[i], values[i], 0, i);
    }
    return Arrays.copyOf(best.tokens, best.count);
  }
}
