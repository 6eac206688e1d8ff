package org.nnsight4j.internal.decode;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Hugging Face's processors, in its order. */
public final class LogitsProcessors {
  private LogitsProcessors() {}

  /** Everything that the options ask for. */
  public static LogitsProcessor of(ResolvedOptions options) {
    LogitsProcessor all = (tokens, scores) -> {};
    if (options.repetitionPenalty() != 1) {
      all = all.then(repetitionPenalty(options.repetitionPenalty()));
    }
    if (options.noRepeatNgramSize() > 0) {
      all = all.then(noRepeatNgram(options.noRepeatNgramSize()));
    }
    if (options.minNewTokens() > 0 && !options.eosTokenIds().isEmpty()) {
      all = all.then(minNewTokens(options.minNewTokens(), options.eosTokenIds()));
    }
    return options.doSample() ? all.then(warpers(options)) : all;
  }

  private static LogitsProcessor warpers(ResolvedOptions options) {
    // Beams need at least one token that does not end them.
    int keep = options.numBeams() > 1 ? Math.max(2, options.eosTokenIds().size() + 1) : 1;
    LogitsProcessor all = (tokens, scores) -> {};
    if (options.temperature() != 1) {
      all = all.then(temperature(options.temperature()));
    }
    if (options.topK() > 0) {
      all = all.then(topK(Math.max(options.topK(), keep)));
    }
    return options.topP() < 1 ? all.then(topP(options.topP(), keep)) : all;
  }

  /** Makes each token that already occurs less likely: once, however often it occurs. */
  public static LogitsProcessor repetitionPenalty(double penalty) {
    float factor = (float) penalty;
    return (tokens, scores) -> {
      BitSet done = new BitSet(scores.length);
      for (int i = 0; i < tokens.length(); i++) {
        long token = tokens.at(i);
        if (token < scores.length && !done.get((int) token)) {
          done.set((int) token);
          float score = scores[(int) token];
          scores[(int) token] = score < 0 ? score * factor : score / factor;
        }
      }
    };
  }

  /**
   * Makes tokens impossible that would complete a sequence of {@code size} tokens a second time.
   */
  public static LogitsProcessor noRepeatNgram(int size) {
    return (tokens, scores) -> {
      int suffix = tokens.length() + 1 - size;
      for (int start = 0; start + size <= tokens.length(); start++) {
        long last = tokens.at(start + size - 1);
        if (last < scores.length && matches(tokens, start, suffix, size - 1)) {
          scores[(int) last] = Float.NEGATIVE_INFINITY;
        }
      }
    };
  }

  private static boolean matches(TokenSequence tokens, int left, int right, int length) {
    for (int i = 0; i < length; i++) {
      if (tokens.at(left + i) != tokens.at(right + i)) {
        return false;
      }
    }
    return true;
  }

  /** Makes the end-of-sequence tokens impossible before {@code least} new tokens. */
  public static LogitsProcessor minNewTokens(int least, List<Long> eosTokenIds) {
    return (tokens, scores) -> {
      if (tokens.newLength() < least) {
        for (long token : eosTokenIds) {
          if (token < scores.length) {
            scores[(int) token] = Float.NEGATIVE_INFINITY;
          }
        }
      }
    };
  }

  /** Divides all scores: below 1 the likely tokens become likelier. */
  public static LogitsProcessor temperature(double temperature) {
    float divisor = (float) temperature;
    return (tokens, scores) -> {
      for (int i = 0; i < scores.length; i++) {
        scores[i] /= divisor;
      }
    };
  }

  /** Keeps the {@code k} best tokens, and those that equal the last of them. */
  public static LogitsProcessor topK(int k) {
    return (tokens, scores) -> {
      float least = Selection.largest(scores, Math.min(k, scores.length));
      for (int i = 0; i < scores.length; i++) {
        if (scores[i] < least) {
          scores[i] = Float.NEGATIVE_INFINITY;
        }
      }
    };
  }

  /** Keeps the fewest best tokens that together have the probability {@code p}, at least one. */
  public static LogitsProcessor topP(double p) {
    return topP(p, 1);
  }

  static LogitsProcessor topP(double p, int keep) {
    return (tokens, scores) -> {
      double[] weights = Selection.weights(scores);
      double total = 0;
      int possible = 0;
      for (double weight : weights) {
        total += weight;
        possible += weight > 0 ? 1 : 0;
      }
      double removable = (1 - p) * total;
      // All tokens below this weight can be removed together, so they need no sorting.
      removeLightest(scores, weights, removable, removable / possible, keep);
    };
  }

  private static void removeLightest(
      float[] scores, double[] weights, double removable, double light, int keep) {
    long[] heavy = new long[scores.length];
    int count = 0;
    double removed = 0;
    for (int i = 0; i < scores.length; i++) {
      if (weights[i] > light) {
        heavy[count++] = Selection.ascending(scores[i], i);
      } else {
        removed += weights[i];
      }
    }
    if (count < keep && light > 0) {
      removeLightest(scores, weights, removable, 0, keep);
      return;
    }
    Arrays.sort(heavy, 0, count);
    for (int i = 0; i < scores.length; i++) {
      if (weights[i] <= light) {
        scores[i] = Float.NEGATIVE_INFINITY;
      }
    }
    for (int i = 0; i < count - keep; i++) {
      int token = (int) heavy[i];
      removed += weights[token];
      if (removed > removable) {
        return;
      }
      scores[token] = Float.NEGATIVE_INFINITY;
    }
  }
}
