package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Dense.inserted;
import static org.nnsight4j.models.gpt2.operations.Dense.with;
import static org.nnsight4j.models.gpt2.operations.Dense.without;
import static org.nnsight4j.models.gpt2.operations.EntryForms.CUBE;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.TRUTHS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that multiplies vectors and matrices. */
final class ProductTable {
  private static final List<Tensor> VECTORS =
      List.of(floats(3), floats(3), wholes(3), doubles(4), floats(0), FLOATS, floats(), halves(3));

  private ProductTable() {}

  static void addTo(EntryForms forms) {
    forms.entry("matmul", products(), args -> product(dense(args, 0), dense(args, 1)));
    forms.entry(
        "einsum",
        combinations(
            List.of(
                List.of(FLOATS),
                List.of(floats(3, 3)),
                List.of(FLOATS, floats(3, 2)),
                List.of(CUBE, floats(2, 4, 3)),
                List.of(WHOLES, wholes(2, 3)),
                List.of(floats(2), floats(3), floats(2, 3))),
            List.of(
                "ij->ji",
                "ij->",
                "ij",
                "ii->i",
                "ii",
                "ij,jk->ik",
                "ij,jk",
                "bij,bjk->bik",
                "bij, bkl -> bijkl",
                "ij,ij->i",
                "i,j,ij->",
                "ij,jk->iz",
                "...i->i",
                "ij->ii",
                "")),
        ProductTable::einsum);
    forms.entry(
        "outer",
        combinations(VECTORS, VECTORS),
        args -> {
          Dense x = dense(args, 0);
          Dense y = dense(args, 1);
          return Dense.build(
              new int[] {x.shape()[0], y.shape()[0]}, at -> x.at(at[0]) * y.at(at[1]));
        });
    forms.entry(
        "dot",
        combinations(VECTORS, VECTORS),
        args ->
            dense(args, 0)
                .zip(dense(args, 1), (x, y) -> x * y)
                .reduce(new long[0], false, all -> Arrays.stream(all).sum()));
    List<Tensor> pool = List.of(FLOATS, floats(1, 3), CUBE, WHOLES, doubles(3, 3), floats(3));
    forms.entry(
        "cross",
        combinations(pool, pool, List.of(0L, 1L, -1L)),
        args -> {
          Dense x = dense(args, 0);
          Dense y = dense(args, 1);
          Dense both = x.zip(y, (a, b) -> 0);
          int axis = both.axis((long) args.get(2));
          return Dense.build(
              both.shape(),
              at -> {
                int[] next = with(at, axis, (at[axis] + 1) % 3);
                int[] last = with(at, axis, (at[axis] + 2) % 3);
                return x.broadcastAt(next) * y.broadcastAt(last)
                    - x.broadcastAt(last) * y.broadcastAt(next);
              });
        });
    forms.entry(
        "cosine_similarity",
        combinations(
            List.of(FLOATS, floats(3), CUBE, halves(2, 3), floats(2, 0)),
            List.of(floats(2, 3), floats(3), floats(2, 1, 4), halves(3), floats(2, 0)),
            List.of(0L, -1L),
            List.of(1e-8)),
        args -> {
          Dense x = dense(args, 0);
          Dense y = dense(args, 1);
          long[] axis = {(long) args.get(2)};
          Dense dots = x.zip(y, (a, b) -> a * b).reduce(axis, false, ProductTable::sum);
          Dense left = x.zip(y, (a, b) -> a * a).reduce(axis, false, ProductTable::sum);
          Dense right = x.zip(y, (a, b) -> b * b).reduce(axis, false, ProductTable::sum);
          return dots.zip(
              left.zip(right, (a, b) -> Math.sqrt(a * b)), (d, n) -> d / Math.max(n, 1e-8));
        });
    forms.entry(
        "cdist",
        combinations(
            List.of(FLOATS, floats(2, 2, 3), doubles(2, 3), floats(0, 3), floats(3)),
            List.of(floats(4, 3), doubles(4, 3), floats(2, 1, 3), floats(1, 3)),
            List.of(2.0, 1.0, 3.0, 0.0, Double.POSITIVE_INFINITY, -1.0)),
        ProductTable::distances);
    forms.entry(
        "trace",
        combinations(List.of(FLOATS, CUBE, WHOLES, TRUTHS, floats(0, 0), floats(3))),
        args -> {
          Dense x = dense(args, 0);
          int rank = x.rank();
          int[] batch = Arrays.copyOf(x.shape(), rank - 2);
          return Dense.build(
              batch,
              at ->
                  IntStream.range(0, Math.min(x.shape()[rank - 2], x.shape()[rank - 1]))
                      .mapToDouble(i -> x.at(inserted(inserted(at, rank - 2, i), rank - 1, i)))
                      .sum());
        });
    forms.entry(
        "diagonal",
        combinations(
            List.of(FLOATS, CUBE, WHOLES, floats(3)),
            List.of(0L, 1L, -1L, 2L, 5L),
            List.of(0L, -2L),
            List.of(1L, -1L, 0L)),
        ProductTable::diagonal);
    forms.entry(
        "diag_embed",
        combinations(List.of(FLOATS, WHOLES, TRUTHS, floats(3), floats(0), floats())),
        args -> {
          Dense x = dense(args, 0);
          int last = x.shape()[x.rank() - 1];
          return Dense.build(
              inserted(x.shape(), x.rank(), last),
              at -> {
                int[] from = without(at, at.length - 1);
                return at[at.length - 1] == from[from.length - 1] ? x.at(from) : 0;
              });
        });
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  /** Over all values of all letters, as slow as that is. */
  private static Dense einsum(List<Object> args) {
    List<Dense> parts =
        ((List<?>) args.get(0)).stream().map(part -> Dense.of((Tensor) part)).toList();
    String[] sides = ((String) args.get(1)).replace(" ", "").split("->", -1);
    String[] inputs = sides[0].split(",");
    Map<Character, Integer> lengths = new TreeMap<>();
    Map<Character, Integer> counts = new TreeMap<>();
    for (int p = 0; p < inputs.length; p++) {
      for (int i = 0; i < inputs[p].length(); i++) {
        lengths.put(inputs[p].charAt(i), parts.get(p).shape()[i]);
        counts.merge(inputs[p].charAt(i), 1, Integer::sum);
      }
    }
    StringBuilder output = new StringBuilder(sides.length > 1 ? sides[1] : "");
    if (sides.length == 1) {
      counts.forEach((letter, count) -> output.append(count == 1 ? letter.toString() : ""));
    }
    List<Character> letters = List.copyOf(lengths.keySet());
    int[] all = letters.stream().mapToInt(lengths::get).toArray();
    int[] shape = output.chars().map(letter -> lengths.get((char) letter)).toArray();
    double[] data = new double[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    Dense result = new Dense(shape, data);
    Dense.build(
        all,
        at -> {
          double product = 1;
          for (int p = 0; p < inputs.length; p++) {
            product *= parts.get(p).at(places(inputs[p], letters, at));
          }
          data[result.flat(places(output.toString(), letters, at))] += product;
          return 0;
        });
    return result;
  }

  private static int[] places(String names, List<Character> letters, int[] at) {
    return names.chars().map(letter -> at[letters.indexOf((char) letter)]).toArray();
  }

  private static Dense distances(List<Object> args) {
    Dense x = dense(args, 0);
    Dense y = dense(args, 1);
    double p = (double) args.get(2);
    Dense left = new Dense(inserted(x.shape(), x.rank() - 1, 1), x.data());
    Dense right = new Dense(inserted(y.shape(), y.rank() - 2, 1), y.data());
    return left.zip(right, (a, b) -> Math.abs(a - b))
        .reduce(
            new long[] {-1},
            false,
            all ->
                p == 0
                    ? Arrays.stream(all).filter(d -> d != 0).count()
                    : Double.isInfinite(p)
                        ? Arrays.stream(all).max().orElseThrow()
                        : Math.pow(Arrays.stream(all).map(d -> Math.pow(d, p)).sum(), 1 / p));
  }

  private static Dense diagonal(List<Object> args) {
    Dense x = dense(args, 0);
    int offset = ((Long) args.get(1)).intValue();
    int first = x.axis((long) args.get(2));
    int second = x.axis((long) args.get(3));
    int size =
        Math.min(x.shape()[first] - Math.max(-offset, 0), x.shape()[second] - Math.max(offset, 0));
    int low = Math.min(first, second);
    int high = Math.max(first, second);
    int[] rest = without(without(x.shape(), high), low);
    return Dense.build(
        inserted(rest, rest.length, size),
        at -> {
          int i = at[at.length - 1];
          int row = i + Math.max(-offset, 0);
          int column = i + Math.max(offset, 0);
          int[] from = without(at, at.length - 1);
          from = inserted(from, low, low == first ? row : column);
          return x.at(inserted(from, high, high == first ? row : column));
        });
  }

  private static List<List<Object>> products() {
    return List.of(
        List.of(floats(2, 3), floats(3, 4)),
        List.of(floats(2, 2, 3), floats(3, 4)),
        List.of(floats(2, 1, 2, 3), floats(3, 3, 2)),
        List.of(floats(3), floats(3)),
        List.of(floats(2, 3), floats(3)),
        List.of(floats(3), floats(2, 3, 2)),
        List.of(wholes(2, 3), wholes(3, 2)),
        List.of(floats(0, 3), floats(3, 2)));
  }

  static Dense product(Dense x, Dense y) {
    Dense left = x.rank() == 1 ? new Dense(inserted(x.shape(), 0, 1), x.data()) : x;
    Dense right = y.rank() == 1 ? new Dense(inserted(y.shape(), 1, 1), y.data()) : y;
    int inner = left.shape()[left.rank() - 1];
    // The matrices' own axes come last: [..., row, inner] and [..., inner, column].
    Dense rows = left.reduce(new long[] {-1}, true, values -> 0);
    Dense columns = right.reduce(new long[] {-2}, true, values -> 0);
    Dense full =
        Dense.build(
            rows.zip(columns, (a, b) -> 0).shape(),
            at -> {
              double sum = 0;
              for (int i = 0; i < inner; i++) {
                sum +=
                    left.broadcastAt(with(at, at.length - 1, i))
                        * right.broadcastAt(with(at, at.length - 2, i));
              }
              return sum;
            });
    int[] shape = y.rank() == 1 ? without(full.shape(), full.rank() - 1) : full.shape();
    int row = shape.length - (y.rank() == 1 ? 1 : 2);
    return new Dense(x.rank() == 1 ? without(shape, row) : shape, full.data());
  }
}
