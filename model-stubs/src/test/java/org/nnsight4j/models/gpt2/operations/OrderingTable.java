package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Dense.with;
import static org.nnsight4j.models.gpt2.operations.EntryForms.CUBE;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.POOL;
import static org.nnsight4j.models.gpt2.operations.EntryForms.TRUTHS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} with an order: sorting, largest elements, running sums. */
final class OrderingTable {
  private OrderingTable() {}

  static void addTo(EntryForms forms) {
    for (String result : List.of("values", "indices")) {
      boolean values = result.equals("values");
      forms.entry(
          "topk_" + result,
          combinations(
              List.of(FLOATS, CUBE, doubles(4), TRUTHS),
              List.of(1L, 2L, 3L, 0L),
              List.of(0L, -1L),
              List.of(true, false)),
          args -> {
            Dense x = dense(args, 0);
            int axis = x.axis((long) args.get(2));
            return Dense.build(
                with(x.shape(), axis, ((Long) args.get(1)).intValue()),
                at -> chosen(x.along(axis, at), (boolean) args.get(3), at[axis], values));
          });
      forms.entry(
          "sort_" + result,
          combinations(
              List.of(FLOATS, CUBE, doubles(4), TRUTHS, WHOLES, floats(0, 3), wholes(9)),
              List.of(0L, -1L),
              List.of(true, false)),
          args -> {
            Dense x = dense(args, 0);
            int axis = x.axis((long) args.get(1));
            return Dense.build(
                x.shape(),
                at -> chosen(x.along(axis, at), (boolean) args.get(2), at[axis], values));
          });
      running(forms, "cummax_" + result, 1, values);
      running(forms, "cummin_" + result, -1, values);
    }
    Tensor order = Tensor.of(new double[] {-1, 0, 0, 0.5, 2}, 5);
    Tensor whole = Tensor.of(new long[] {1, 2, 2, 3}, 4);
    forms.entry(
        "searchsorted",
        combinations(
            List.of(order, whole, FLOATS),
            List.of(doubles(2, 3), Tensor.of(new double[] {0}), wholes(2, 2), FLOATS),
            List.of(true, false)),
        args -> {
          double[] sorted = dense(args, 0).data();
          boolean right = (boolean) args.get(2);
          return dense(args, 1)
              .map(v -> Arrays.stream(sorted).filter(s -> right ? s <= v : s < v).count());
        });
    forms.along("cumsum", (values, i) -> Arrays.stream(values, 0, i + 1).sum());
    forms.along(
        "cumprod", (values, i) -> Arrays.stream(values, 0, i + 1).reduce(1, (x, y) -> x * y));
    forms.along(
        "logcumsumexp",
        (values, i) -> Math.log(Arrays.stream(values, 0, i + 1).map(Math::exp).sum()));
  }

  /** The element at a place of the sorted line, or where it stood. */
  private static double chosen(double[] line, boolean descending, int place, boolean values) {
    Comparator<Integer> order = Comparator.comparingDouble(i -> descending ? -line[i] : line[i]);
    int index = IntStream.range(0, line.length).boxed().sorted(order).toList().get(place);
    return values ? line[index] : index;
  }

  private static void running(EntryForms forms, String op, int sign, boolean values) {
    forms.entry(
        op,
        combinations(POOL, List.of(0L, -1L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          return Dense.build(
              x.shape(),
              at -> {
                double[] line = x.along(axis, at);
                // Of equal ones the last.
                int best =
                    IntStream.rangeClosed(0, at[axis])
                        .reduce(0, (a, b) -> sign * line[b] >= sign * line[a] ? b : a);
                return values ? line[best] : best;
              });
        });
  }
}
