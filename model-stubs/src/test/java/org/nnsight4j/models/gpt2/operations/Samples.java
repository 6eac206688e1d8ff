package org.nnsight4j.models.gpt2.operations;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Small random tensors of every kind, always the same ones. */
final class Samples {
  private static final Random RANDOM = new Random(7);

  private Samples() {}

  /** Every choice of one element from each list. */
  static List<List<Object>> combinations(List<?>... choices) {
    List<List<Object>> all = List.of(List.of());
    for (List<?> choice : choices) {
      all =
          all.stream()
              .flatMap(
                  head ->
                      choice.stream()
                          .map(
                              last -> {
                                List<Object> longer = new ArrayList<>(head);
                                longer.add(last);
                                return longer;
                              }))
              .toList();
    }
    return all;
  }

  static Tensor floats(int... shape) {
    double[] values = random(shape);
    return Probe.floats(sizes(shape), values);
  }

  static Tensor doubles(int... shape) {
    return Tensor.of(random(shape), sizes(shape));
  }

  /** Positive, because an integer has no negative powers and no remainder by 0. */
  static Tensor wholes(int... shape) {
    return Tensor.of(RANDOM.longs(count(shape), 1, 4).toArray(), sizes(shape));
  }

  static Tensor truths(int... shape) {
    boolean[] values = new boolean[count(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = RANDOM.nextBoolean();
    }
    return Tensor.of(values, sizes(shape));
  }

  static Tensor shorts(int... shape) {
    return narrowed(DType.INT32, wholes(shape));
  }

  static Tensor halves(int... shape) {
    return narrowed(DType.FLOAT16, floats(shape));
  }

  static Tensor brains(int... shape) {
    return narrowed(DType.BFLOAT16, floats(shape));
  }

  private static Tensor narrowed(DType dtype, Tensor wide) {
    return OperationTest.run("cast", List.of(wide, dtype.name()));
  }

  private static double[] random(int[] shape) {
    return RANDOM.doubles(count(shape), -2, 2).toArray();
  }

  private static int count(int[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  private static long[] sizes(int[] shape) {
    return Arrays.stream(shape).asLongStream().toArray();
  }
}
