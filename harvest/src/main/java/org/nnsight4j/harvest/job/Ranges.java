package org.nnsight4j.harvest.job;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** The range of each column. */
final class Ranges {
  private Ranges() {}

  static SortedMap<String, ShardReceipt.Range> of(Map<String, Tensor> columns) {
    SortedMap<String, ShardReceipt.Range> ranges = new TreeMap<>();
    columns.forEach((name, tensor) -> ranges.put(name, range(tensor)));
    return ranges;
  }

  private static ShardReceipt.Range range(Tensor tensor) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    long nan = 0;
    boolean exact = tensor.dtype() == DType.INT64;
    long[] whole = exact ? tensor.toLongArray() : new long[0];
    int size = tensor.size();
    for (int i = 0; i < size; i++) {
      double number = exact ? whole[i] : tensor.at(i);
      if (Double.isNaN(number)) {
        nan++;
      } else {
        least = Math.min(least, number);
        most = Math.max(most, number);
      }
    }
    boolean none = least > most;
    return new ShardReceipt.Range(none ? Double.NaN : least, none ? Double.NaN : most, nan);
  }
}
