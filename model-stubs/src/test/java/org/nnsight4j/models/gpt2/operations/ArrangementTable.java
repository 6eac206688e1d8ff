package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Dense.inserted;
import static org.nnsight4j.models.gpt2.operations.Dense.with;
import static org.nnsight4j.models.gpt2.operations.Dense.without;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.truths;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.models.gpt2.operations.OperationTable.Entry;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that moves elements: parts, products, arrangement. */
final class ArrangementTable {
  private static final Tensor X = floats(2, 3, 4);
  private static final List<Tensor> ANY =
      List.of(X, floats(2, 3), wholes(3, 2), truths(1, 3), floats(0, 3));
  private static final Tensor ROWS = Tensor.of(new long[] {2, 0}, 2);

  private ArrangementTable() {}

  static void addTo(Map<String, Entry> table) {
    table.put("get", new Entry(slices(), args -> sliced(args)));
    table.put(
        "put",
        new Entry(
            List.of(
                List.of(floats(3, 4), codes("1"), floats(4)),
                List.of(floats(3, 4), codes("1"), floats(1)),
                List.of(floats(3, 4), codes("1"), floats())),
            args ->
                Dense.build(
                    dense(args, 0).shape(),
                    at ->
                        at[0] == 1
                            ? dense(args, 2).broadcastAt(new int[] {at[1]})
                            : dense(args, 0).at(at))));
    table.put(
        "at",
        new Entry(
            List.of(List.of(X, ROWS, 1L), List.of(wholes(2, 3), ROWS, 1L)),
            args ->
                Dense.build(
                    without(dense(args, 0).shape(), 1),
                    at -> dense(args, 0).at(inserted(at, 1, row(args, at[0]))))));
    table.put(
        "put_at",
        new Entry(
            combinations(
                List.of(X), List.of(ROWS), List.of(1L), List.of(floats(2, 4), floats(4), floats())),
            args ->
                Dense.build(
                    dense(args, 0).shape(),
                    at ->
                        at[1] == row(args, at[0])
                            ? dense(args, 3).broadcastAt(without(at, 1))
                            : dense(args, 0).at(at))));
    table.put(
        "reshape",
        new Entry(
            List.of(
                List.of(X, new long[] {4, -1}),
                List.of(X, new long[] {24}),
                List.of(wholes(1), new long[0]),
                List.of(floats(0, 3), new long[] {3, 0})),
            args -> new Dense(shape(args), dense(args, 0).data())));
    table.put(
        "flatten",
        new Entry(
            combinations(ANY, List.of(0L, 1L, -2L), List.of(0L, 1L, -1L)),
            args -> {
              Dense x = dense(args, 0);
              int first = x.axis((long) args.get(1));
              int last = x.axis((long) args.get(2));
              int joined = 1;
              int[] shape = x.shape();
              for (int i = first; i <= last; i++) {
                joined *= shape[i];
              }
              for (int i = first; i < last; i++) {
                shape = without(shape, first);
              }
              return new Dense(with(shape, first, joined), x.data());
            }));
    table.put(
        "unflatten",
        new Entry(
            combinations(
                ANY,
                List.of(0L, -1L),
                List.of(
                    new long[] {1, 2},
                    new long[] {3, 1},
                    new long[] {2, 2},
                    new long[] {-1, 2},
                    new long[] {2},
                    new long[0])),
            args -> {
              Dense x = dense(args, 0);
              int axis = x.axis((long) args.get(1));
              long[] inner = (long[]) args.get(2);
              int known = 1;
              for (long each : inner) {
                known *= each < 0 ? 1 : (int) each;
              }
              int[] shape = without(x.shape(), axis);
              for (int i = 0; i < inner.length; i++) {
                int length = inner[i] < 0 ? x.shape()[axis] / known : (int) inner[i];
                shape = inserted(shape, axis + i, length);
              }
              return new Dense(shape, x.data());
            }));
    table.put(
        "permute",
        new Entry(
            combinations(List.of(X), List.of(new long[] {2, 0, 1}, new long[] {-1, 1, 0})),
            args -> {
              Dense x = dense(args, 0);
              int[] order = Arrays.stream((long[]) args.get(1)).mapToInt(x::axis).toArray();
              return Dense.build(
                  Arrays.stream(order).map(axis -> x.shape()[axis]).toArray(),
                  at -> {
                    int[] from = new int[order.length];
                    IntStream.range(0, order.length).forEach(i -> from[order[i]] = at[i]);
                    return x.at(from);
                  });
            }));
    table.put(
        "unsqueeze",
        new Entry(
            combinations(ANY, List.of(0L, 1L, -1L)),
            args -> {
              Dense x = dense(args, 0);
              long axis = (long) args.get(1);
              int place = (int) (axis < 0 ? axis + x.rank() + 1 : axis);
              return new Dense(inserted(x.shape(), place, 1), x.data());
            }));
    table.put(
        "squeeze",
        new Entry(
            List.of(List.of(floats(1, 3), 0L), List.of(wholes(3, 1, 2), -2L)),
            args -> {
              Dense x = dense(args, 0);
              return new Dense(without(x.shape(), x.axis((long) args.get(1))), x.data());
            }));
    table.put(
        "concat",
        new Entry(
            combinations(
                List.of(
                    List.of(floats(2, 2), floats(2, 2)),
                    List.of(wholes(2, 2), wholes(2, 2), wholes(2, 2))),
                List.of(0L, -1L)),
            args -> {
              List<Dense> parts = parts(args);
              int axis = parts.get(0).axis((long) args.get(1));
              int total = parts.stream().mapToInt(part -> part.shape()[axis]).sum();
              return Dense.build(
                  with(parts.get(0).shape(), axis, total),
                  at -> {
                    int left = at[axis];
                    int which = 0;
                    while (left >= parts.get(which).shape()[axis]) {
                      left -= parts.get(which++).shape()[axis];
                    }
                    return parts.get(which).at(with(at, axis, left));
                  });
            }));
    table.put(
        "stack",
        new Entry(
            combinations(
                List.of(List.of(floats(2, 2), floats(2, 2)), List.of(truths(3), truths(3))),
                List.of(0L, 1L, -1L)),
            args -> {
              List<Dense> parts = parts(args);
              Dense first = parts.get(0);
              long axis = (long) args.get(1);
              int place = (int) (axis < 0 ? axis + first.rank() + 1 : axis);
              return Dense.build(
                  inserted(first.shape(), place, parts.size()),
                  at -> parts.get(at[place]).at(without(at, place)));
            }));
  }

  private static long[] codes(String index) {
    return SliceCodes.of(Dims.of(3, 4), Slice.parse(index));
  }

  private static List<List<Object>> slices() {
    return Stream.of(
            "0", "-1", ":, 1:3", ":, ::2", "2:3, 1:4:2", "None, 1", "..., 0", "1:1", "-2:, 0:-1")
        .<List<Object>>map(index -> List.of(floats(3, 4), codes(index)))
        .toList();
  }

  /** Applies the codes one after the other; each gives the old index of a new one. */
  private static Dense sliced(List<Object> args) {
    Dense x = dense(args, 0);
    long[] codes = (long[]) args.get(1);
    int axis = 0;
    for (int i = 0; i < codes.length; i += 4) {
      Dense old = x;
      int at = axis;
      int length = at < x.rank() ? x.shape()[at] : 0;
      int begin = (int) (codes[i + 1] < 0 ? codes[i + 1] + length : codes[i + 1]);
      if (codes[i] == SliceCodes.NEW_AXIS) {
        x = new Dense(inserted(x.shape(), axis++, 1), x.data());
      } else if (codes[i] == SliceCodes.AT) {
        x = Dense.build(without(x.shape(), at), each -> old.at(inserted(each, at, begin)));
      } else {
        long end = codes[i + 2] < 0 ? codes[i + 2] + length : Math.min(codes[i + 2], length);
        int step = (int) codes[i + 3];
        int count = (int) Math.max(0, Math.ceil((end - begin) / (double) step));
        x =
            Dense.build(
                with(x.shape(), at, count),
                each -> old.at(with(each, at, begin + each[at] * step)));
        axis++;
      }
    }
    return x;
  }

  private static int row(List<Object> args, int row) {
    return (int) dense(args, 1).at(row);
  }

  private static List<Dense> parts(List<Object> args) {
    return ((List<?>) args.get(0)).stream().map(part -> Dense.of((Tensor) part)).toList();
  }

  private static int[] shape(List<Object> args) {
    int count = dense(args, 0).data().length;
    long[] wanted = (long[]) args.get(1);
    long known = Arrays.stream(wanted).filter(length -> length >= 0).reduce(1, (a, b) -> a * b);
    return Arrays.stream(wanted).mapToInt(i -> (int) (i < 0 ? count / known : i)).toArray();
  }
}
