package org.nnsight4j.harvest.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.error.RunException;

/**
 * The written rule by which rows become splits and forward passes. It knows nothing of workers,
 * memory or time, so that a shard has the same bits wherever it is made: kernels depend on shapes.
 *
 * @param rowsPerSplit how many rows of the dataset become a shard
 * @param rowsPerBatch how many texts of one length are computed in a pass, at most
 * @param maxTokens longer texts are cut after so many tokens
 * @param context if positive, the tokens of a split are joined and cut into texts of this length
 */
public record Batching(int rowsPerSplit, int rowsPerBatch, int maxTokens, int context) {
  public Batching {
    for (int count : new int[] {rowsPerSplit, rowsPerBatch, maxTokens}) {
      if (count < 1) {
        throw new RunException("expected a row and a token or more, found " + count);
      }
    }
    if (context < 0 || context > maxTokens) {
      throw new RunException(
          "expected contexts of 1 to %s tokens, found %s".formatted(maxTokens, context));
    }
  }

  /**
   * The passes over texts of these lengths: shorter texts first, only equal lengths together, so
   * that nothing is padded.
   */
  public List<int[]> batches(int[] lengths) {
    int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> lengths[i]).thenComparing(i -> i))
            .mapToInt(i -> i)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    int begin = 0;
    for (int i = 1; i <= order.length; i++) {
      if (i == order.length
          || lengths[order[i]] != lengths[order[begin]]
          || i - begin == rowsPerBatch) {
        batches.add(java.util.Arrays.copyOfRange(order, begin, i));
        begin = i;
      }
    }
    return batches;
  }

  @Override
  public String toString() {
    return "%s rows a split, %s texts of one length a pass, at most %s tokens%s"
        .formatted(
            rowsPerSplit,
            rowsPerBatch,
            maxTokens,
            context == 0 ? "" : ", joined into contexts of " + context);
  }
}
