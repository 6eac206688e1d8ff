package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Dense.inserted;
import static org.nnsight4j.models.gpt2.operations.Dense.with;
import static org.nnsight4j.models.gpt2.operations.EntryForms.CUBE;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.TRUTHS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.Arrays;
import java.util.List;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that repeats, cuts and pads. */
final class RepetitionTable {
  private static final List<Tensor> ANY =
      List.of(FLOATS, CUBE, WHOLES, TRUTHS, floats(), floats(5), floats(0, 3), floats(1, 3));
  private static final List<Long> AXES = List.of(0L, -1L, 1L);

  private RepetitionTable() {}

  static void addTo(EntryForms forms) {
    forms.entry(
        "expand",
        combinations(
            ANY,
            List.of(
                new long[] {2, 3},
                new long[] {4, -1, 3},
                new long[] {-1, 2, 3},
                new long[] {0, 3},
                new long[] {})),
        args -> {
          Dense x = dense(args, 0);
          long[] shape = (long[]) args.get(1);
          int[] full = new int[shape.length];
          for (int i = 0; i < full.length; i++) {
            full[i] = (int) (shape[i] >= 0 ? shape[i] : x.shape()[i - full.length + x.rank()]);
          }
          return Dense.build(full, x::broadcastAt);
        });
    forms.entry(
        "expand_as",
        combinations(ANY, List.of(FLOATS, wholes(4, 2, 3), floats(0, 3), floats())),
        args -> Dense.build(dense(args, 1).shape(), dense(args, 0)::broadcastAt));
    forms.entry(
        "repeat",
        combinations(
            ANY,
            List.of(new long[] {2, 3}, new long[] {2, 1, 2}, new long[] {0, 1}, new long[] {2})),
        args -> {
          long[] times = (long[]) args.get(1);
          Dense x = dense(args, 0);
          int added = times.length - x.rank();
          int[] full = new int[times.length];
          for (int i = 0; i < full.length; i++) {
            full[i] = (int) times[i] * (i < added ? 1 : x.shape()[i - added]);
          }
          return Dense.build(
              full,
              at -> {
                int[] from = Arrays.copyOfRange(at, added, at.length);
                for (int i = 0; i < from.length; i++) {
                  from[i] %= x.shape()[i];
                }
                return x.at(from);
              });
        });
    forms.entry(
        "repeat_interleave",
        combinations(ANY, List.of(1L, 3L, 0L, -1L), AXES),
        args -> {
          Dense x = dense(args, 0);
          int times = ((Long) args.get(1)).intValue();
          int axis = x.axis((long) args.get(2));
          return Dense.build(
              with(x.shape(), axis, x.shape()[axis] * times),
              at -> x.at(with(at, axis, at[axis] / times)));
        });
    forms.entry(
        "flip",
        combinations(ANY, List.of(new long[] {0}, new long[] {-1, 0}, new long[] {1, -1})),
        args -> {
          Dense x = dense(args, 0);
          return Dense.build(
              x.shape(),
              at -> {
                int[] from = at.clone();
                for (long axis : (long[]) args.get(1)) {
                  int place = x.axis(axis);
                  from[place] = x.shape()[place] - 1 - at[place];
                }
                return x.at(from);
              });
        });
    forms.entry(
        "roll",
        combinations(ANY, List.of(1L, -2L, 7L), AXES),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(2));
          return Dense.build(
              x.shape(),
              at ->
                  x.at(
                      with(
                          at,
                          axis,
                          Math.floorMod(at[axis] - (long) args.get(1), x.shape()[axis]))));
        });
    List<Long> numbers = List.of(1L, 2L, 4L, 0L, -1L);
    List<Long> parts = List.of(0L, 1L, 2L, -1L);
    forms.entry(
        "chunk",
        combinations(ANY, numbers, AXES, parts),
        args -> {
          Dense x = dense(args, 0);
          int size = x.shape()[x.axis((long) args.get(2))];
          return part(x, args, (int) Math.ceil(size / (double) (long) args.get(1)));
        });
    forms.entry(
        "split",
        combinations(ANY, numbers, AXES, parts),
        args -> part(dense(args, 0), args, ((Long) args.get(1)).intValue()));
    forms.entry(
        "pad",
        combinations(
            ANY, AXES, List.of(0L, 2L, -1L), List.of(0L, 1L), List.of(0.0, 1.0, -0.5, 1e12)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          int before = ((Long) args.get(2)).intValue();
          int size = x.shape()[axis];
          int longer = size + before + ((Long) args.get(3)).intValue();
          return Dense.build(
              with(x.shape(), axis, longer),
              at ->
                  at[axis] < before || at[axis] >= before + size
                      ? (double) args.get(4)
                      : x.at(with(at, axis, at[axis] - before)));
        });
    forms.entry(
        "unfold",
        combinations(ANY, AXES, List.of(1L, 2L, 4L, 0L, -1L), List.of(1L, 2L, 0L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          int size = ((Long) args.get(2)).intValue();
          int step = ((Long) args.get(3)).intValue();
          int[] shape = with(x.shape(), axis, (x.shape()[axis] - size) / step + 1);
          return Dense.build(
              inserted(shape, shape.length, size),
              at -> {
                int[] from = Arrays.copyOf(at, at.length - 1);
                return x.at(with(from, axis, from[axis] * step + at[at.length - 1]));
              });
        });
  }

  private static Dense part(Dense x, List<Object> args, int each) {
    int axis = x.axis((long) args.get(2));
    int begin = ((Long) args.get(3)).intValue() * each;
    return Dense.build(
        with(x.shape(), axis, Math.min(each, x.shape()[axis] - begin)),
        at -> x.at(with(at, axis, at[axis] + begin)));
  }
}
