package org.nnsight4j.models.gpt2.operations;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.nnsight4j.tensor.Tensor;

/** Tensors in plain Java doubles, as slow and as obvious as possible: what operations must give. */
record Dense(int[] shape, double[] data) {
  static Dense of(Tensor tensor) {
    return new Dense(
        Arrays.stream(tensor.shape()).mapToInt(Math::toIntExact).toArray(), tensor.toDoubleArray());
  }

  /** A tensor whose elements are a function of their indices. */
  static Dense build(int[] shape, ToDoubleFunction<int[]> element) {
    double[] data = new double[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int flat = 0; flat < data.length; flat++) {
      data[flat] = element.applyAsDouble(indices(shape, flat));
    }
    return new Dense(shape, data);
  }

  private static int[] indices(int[] shape, int flat) {
    int[] indices = new int[shape.length];
    for (int axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
      indices[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    return indices;
  }

  int rank() {
    return shape.length;
  }

  int axis(long axis) {
    return (int) (axis < 0 ? axis + rank() : axis);
  }

  double at(int... indices) {
    return data[flat(indices)];
  }

  int flat(int... indices) {
    int flat = 0;
    for (int axis = 0; axis < rank(); axis++) {
      flat = flat * shape[axis] + indices[axis];
    }
    return flat;
  }

  Dense map(DoubleUnaryOperator function) {
    return new Dense(shape, Arrays.stream(data).map(function).toArray());
  }

  Dense zip(Dense other, DoubleBinaryOperator function) {
    int[] both = new int[Math.max(rank(), other.rank())];
    for (int i = 1; i <= both.length; i++) {
      int left = i > rank() ? 1 : shape[rank() - i];
      int right = i > other.rank() ? 1 : other.shape[other.rank() - i];
      both[both.length - i] = left == 1 ? right : left;
    }
    return build(both, at -> function.applyAsDouble(broadcastAt(at), other.broadcastAt(at)));
  }

  /** The element that stands at an index of a larger shape. */
  double broadcastAt(int[] indices) {
    int skipped = indices.length - rank();
    return at(
        IntStream.range(0, rank())
            .map(axis -> shape[axis] == 1 ? 0 : indices[axis + skipped])
            .toArray());
  }

  /** One number for all elements along some axes; none means all. */
  Dense reduce(long[] axes, boolean keep, ToDoubleFunction<double[]> function) {
    boolean[] gone = new boolean[rank()];
    for (int axis = 0; axis < rank(); axis++) {
      int place = axis;
      gone[axis] = axes.length == 0 || Arrays.stream(axes).anyMatch(a -> axis(a) == place);
    }
    int[] kept = shape.clone();
    for (int axis = 0; axis < rank(); axis++) {
      kept[axis] = gone[axis] ? 1 : shape[axis];
    }
    Dense reduced =
        build(
            kept,
            at -> {
              List<Double> members = new ArrayList<>();
              for (int flat = 0; flat < data.length; flat++) {
                int[] each = indices(shape, flat);
                if (IntStream.range(0, rank()).allMatch(i -> gone[i] || each[i] == at[i])) {
                  members.add(data[flat]);
                }
              }
              return function.applyAsDouble(
                  members.stream().mapToDouble(Double::doubleValue).toArray());
            });
    if (keep) {
      return reduced;
    }
    int[] left = IntStream.range(0, rank()).filter(i -> !gone[i]).map(i -> shape[i]).toArray();
    return new Dense(left, reduced.data);
  }

  /** All elements along one axis, through one other element. */
  double[] along(int axis, int[] through) {
    return IntStream.range(0, shape[axis]).mapToDouble(i -> at(with(through, axis, i))).toArray();
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  static double variance(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    return values.length == 0 ? Double.NaN : squares / (values.length - 1);
  }

  static double sumOfExp(double[] values) {
    return Arrays.stream(values).map(Math::exp).sum();
  }

  static int[] with(int[] indices, int axis, int index) {
    int[] changed = indices.clone();
    changed[axis] = index;
    return changed;
  }

  static int[] without(int[] indices, int axis) {
    return IntStream.range(0, indices.length).filter(i -> i != axis).map(i -> indices[i]).toArray();
  }

  static int[] inserted(int[] indices, int axis, int index) {
    int[] longer = new int[indices.length + 1];
    for (int i = 0; i < longer.length; i++) {
      longer[i] = i < axis ? indices[i] : i == axis ? index : indices[i - 1];
    }
    return longer;
  }
}
