package org.nnsight4j.toolkit.weights;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Eager;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * The weights of a layer's heads one upon another, keys and values once for each head of queries.
 *
 * @param q {@code [head, hidden, head_dim]}; null if queries or keys are normalised
 * @param k {@code [head, hidden, head_dim]}; null as well
 * @param v {@code [head, hidden, head_dim]}
 * @param o {@code [head, head_dim, hidden]}
 */
record Stacked(
    @Nullable Value<Axis> q, @Nullable Value<Axis> k, Value<Axis> v, Value<Axis> o, int heads) {
  static Stacked of(HeadWeights.Layer layer) {
    int heads = layer.o().length;
    double[][][] queries = layer.q();
    double[][][] keys = layer.k();
    boolean linear = queries != null && keys != null;
    return new Stacked(
        queries != null && linear ? stacked(queries, heads) : null,
        keys != null && linear ? stacked(keys, heads) : null,
        stacked(Objects.requireNonNull(layer.v()), heads),
        stacked(layer.o(), heads),
        heads);
  }

  private static Value<Axis> stacked(double[][][] weights, int heads) {
    int rows = weights[0].length;
    int columns = weights[0][0].length;
    double[] all = new double[heads * rows * columns];
    for (int head = 0; head < heads; head++) {
      double[][] own = weights[head / (heads / weights.length)];
      for (int i = 0; i < rows; i++) {
        System.arraycopy(own[i], 0, all, (head * rows + i) * columns, columns);
      }
    }
    return Eager.of(Tensor.of(all, heads, rows, columns));
  }

  Value<Axis> v(int head) {
    return v.get(String.valueOf(head));
  }

  Value<Axis> o(int head) {
    return o.get(String.valueOf(head));
  }
}
