package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Dense.with;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.POOL;
import static org.nnsight4j.models.gpt2.operations.EntryForms.TRUTHS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.EntryForms.truth;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.shorts;
import static org.nnsight4j.models.gpt2.operations.Samples.truths;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.Arrays;
import java.util.List;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that takes and writes by index or mask. */
final class ScatteringTable {
  private static final Tensor PLACES = Tensor.of(new long[] {2, 0, 1, 1}, 2, 2);
  private static final Tensor ROW = Tensor.of(new long[] {1, 0, 1}, 1, 3);
  private static final Tensor SQUARE = Tensor.of(new long[] {1, 0, 0, 1, 1, 0}, 2, 3);
  private static final Tensor LIST = Tensor.of(new long[] {1, 0}, 2);
  private static final Tensor NONE = Tensor.of(new long[0], 0);
  private static final Tensor CUBE = floats(2, 3, 2);
  private static final List<Tensor> WHOLE = List.of(floats(3, 3), wholes(3, 3), truths(3, 3), CUBE);
  private static final List<Tensor> INDICES =
      List.of(PLACES, ROW, SQUARE, LIST, wholes(0, 2), shorts(2, 2), floats(2, 2));
  private static final List<Long> AXES = List.of(0L, 1L, -1L);

  private ScatteringTable() {}

  static void addTo(EntryForms forms) {
    forms.entry(
        "gather",
        combinations(WHOLE, AXES, INDICES),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          Dense index = dense(args, 2);
          return Dense.build(index.shape(), at -> x.at(with(at, axis, (int) index.at(at))));
        });
    forms.entry(
        "take_along_dim",
        combinations(List.of(floats(3, 3), wholes(3, 1), floats(3, 2)), List.of(0L, -2L), INDICES),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          Dense index = dense(args, 2);
          int[] both = with(x.shape(), axis, 1);
          for (int i = 0; i < both.length; i++) {
            both[i] = both[i] == 1 ? index.shape()[i] : both[i];
          }
          return Dense.build(
              both, at -> x.broadcastAt(with(at, axis, (int) index.broadcastAt(at))));
        });
    forms.entry(
        "index_select",
        combinations(List.of(CUBE, wholes(3, 3), floats(2)), AXES, List.of(LIST, NONE, PLACES)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          double[] list = dense(args, 2).data();
          return Dense.build(
              with(x.shape(), axis, list.length), at -> x.at(with(at, axis, (int) list[at[axis]])));
        });
    // Along the last axis of a row no place is named twice; for sums that does not matter.
    Tensor apart = Tensor.of(new long[] {2, 0, 1, 2}, 2, 2);
    List<Tensor> sources = List.of(floats(2, 2), floats(3, 3), wholes(2, 3), wholes(2, 2));
    scatter(forms, "scatter", List.of(apart), List.of(1L, -1L), sources, false);
    scatter(forms, "scatter_add", INDICES, AXES, sources, true);
    scatter(forms, "scatter_real", INDICES, AXES, List.of(0.5, 2.0, 1.0, Double.NaN, 1e30), false);
    List<Tensor> slices =
        List.of(floats(2, 3), floats(3, 2), wholes(2, 3), truths(2, 3), floats(0, 3));
    List<Tensor> lists = List.of(LIST, Tensor.of(new long[] {2, 2}, 2), NONE, PLACES);
    slices(forms, "index_add", lists, slices, true);
    slices(forms, "index_copy", List.of(LIST, NONE, PLACES), slices, false);
    slices(forms, "index_fill", lists, List.of(0.5, 2.0, 0.0), false);
    forms.entry(
        "masked_fill",
        combinations(POOL, List.of(TRUTHS, truths(3), truths(), WHOLES), List.of(0.5, 3.0, -1e12)),
        args ->
            dense(args, 0).zip(dense(args, 1), (x, mask) -> mask != 0 ? (double) args.get(2) : x));
    forms.entry(
        "one_hot",
        combinations(List.of(WHOLES, wholes(), wholes(0, 2), floats(2)), List.of(4L, 7L, 0L)),
        args -> {
          Dense x = dense(args, 0);
          int[] shape = Dense.inserted(x.shape(), x.rank(), ((Long) args.get(1)).intValue());
          return Dense.build(
              shape, at -> truth(x.at(Arrays.copyOf(at, x.rank())) == at[at.length - 1]));
        });
    triangle(forms, "tril", false);
    triangle(forms, "triu", true);
  }

  private static void scatter(
      EntryForms forms,
      String op,
      List<Tensor> indices,
      List<Long> axes,
      List<?> sources,
      boolean add) {
    forms.entry(
        op,
        combinations(WHOLE, axes, indices, sources),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          Dense index = dense(args, 2);
          double[] data = x.data().clone();
          Dense result = new Dense(x.shape(), data);
          Dense.build(
              index.shape(),
              at -> {
                int[] target = with(at, axis, (int) index.at(at));
                double value =
                    args.get(3) instanceof Tensor source
                        ? Dense.of(source).at(at)
                        : (double) args.get(3);
                int flat = result.flat(target);
                data[flat] = add ? data[flat] + value : value;
                return 0;
              });
          return result;
        });
  }

  private static void slices(
      EntryForms forms, String op, List<Tensor> lists, List<?> sources, boolean add) {
    forms.entry(
        op,
        combinations(
            List.of(floats(3, 3), wholes(3, 3), truths(3, 3), doubles(3)), AXES, lists, sources),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          double[] list = dense(args, 2).data();
          return Dense.build(
              x.shape(),
              at -> {
                double value = x.at(at);
                for (int i = 0; i < list.length; i++) {
                  if (list[i] == at[axis]) {
                    double other =
                        args.get(3) instanceof Tensor source
                            ? Dense.of(source).at(with(at, axis, i))
                            : (double) args.get(3);
                    value = add ? value + other : other;
                  }
                }
                return value;
              });
        });
  }

  private static void triangle(EntryForms forms, String op, boolean upper) {
    forms.entry(
        op,
        combinations(
            List.of(FLOATS, CUBE, WHOLES, TRUTHS, floats(3), floats(0, 3)), List.of(0L, 1L, -2L)),
        args -> {
          Dense x = dense(args, 0);
          return Dense.build(
              x.shape(),
              at -> {
                long above = at[at.length - 1] - at[at.length - 2] - (long) args.get(1);
                return upper ? above >= 0 ? x.at(at) : 0 : above <= 0 ? x.at(at) : 0;
              });
        });
  }
}
