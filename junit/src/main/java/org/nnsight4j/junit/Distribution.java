package org.nnsight4j.junit;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.error.RunException;

/**
 * Probabilities of the next token.
 *
 * @param logProbabilities natural logarithms, by token id
 * @param logits what the model gave
 */
record Distribution(double[] logProbabilities, double[] logits) {
  static Distribution ofLogits(double[] logits) {
    double most = Arrays.stream(logits).max().orElseThrow();
    if (!Double.isFinite(most)) {
      throw new IllegalStateException(
          "the model gave logits that are not finite, the largest is " + most);
    }
    double sum = Arrays.stream(logits).map(logit -> Math.exp(logit - most)).sum();
    double scale = most + Math.log(sum);
    return new Distribution(Arrays.stream(logits).map(logit -> logit - scale).toArray(), logits);
  }

  double probability(long id) {
    return Math.exp(logProbabilities[Math.toIntExact(id)]);
  }

  double logit(long id) {
    return logits[Math.toIntExact(id)];
  }

  /** 0 for the likeliest token. Of equals, the smaller id comes first, as in argmax. */
  int rank(long id) {
    int place = Math.toIntExact(id);
    int before = 0;
    for (int other = 0; other < logits.length; other++) {
      if (logits[other] > logits[place] || (logits[other] == logits[place] && other < place)) {
        before++;
      }
    }
    return before;
  }

  List<Integer> likeliest(int count) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(id -> -logits[id]))
        .limit(count)
        .toList();
  }

  /** Kullback-Leibler divergence of another distribution from this one, in nats. */
  double divergence(Distribution other) {
    if (other.logits.length != logits.length) {
      throw new RunException(
          "expected a model with the same vocabulary of %s tokens, found %s"
              .formatted(logits.length, other.logits.length));
    }
    double sum = 0;
    for (int id = 0; id < logits.length; id++) {
      double log = logProbabilities[id];
      double probability = Math.exp(log);
      if (probability > 0) {
        sum += probability * (log - other.logProbabilities[id]);
      }
    }
    return Math.max(0, sum);
  }
}
