package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Dense.inserted;
import static org.nnsight4j.models.gpt2.operations.Dense.without;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.List;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that knows which positions are a row's own tokens. */
final class TokenTable {
  private static final Tensor FIRST = Tensor.of(new long[] {0, 1}, 2);
  private static final Tensor LAST = Tensor.of(new long[] {2, 1}, 2);
  private static final List<Tensor> ROWS =
      List.of(floats(2, 3), floats(2, 3, 4), doubles(2, 4, 3), wholes(2, 3), halves(2, 3));

  private TokenTable() {}

  static void addTo(EntryForms forms) {
    forms.entry(
        "fill_padding",
        combinations(
            ROWS,
            List.of(FIRST),
            List.of(LAST),
            List.of(1L, 2L, 0L),
            List.of(0.0, -7.0, Double.NEGATIVE_INFINITY)),
        args -> {
          int axis = (int) (long) args.get(3);
          return Dense.build(
              dense(args, 0).shape(),
              at -> isOwn(at[0], at[axis]) ? dense(args, 0).at(at) : (double) args.get(4));
        });
    forms.entry(
        "mean_tokens",
        combinations(ROWS, List.of(FIRST), List.of(LAST), List.of(1L, 2L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = (int) (long) args.get(3);
          return Dense.build(
              without(x.shape(), axis),
              at -> {
                double sum = 0;
                int count = 0;
                for (int place = 0; place < x.shape()[axis]; place++) {
                  if (isOwn(at[0], place)) {
                    sum += x.at(inserted(at, axis, place));
                    count++;
                  }
                }
                return sum / count;
              });
        });
  }

  private static boolean isOwn(int row, int place) {
    return place >= (int) FIRST.at(row) && place <= (int) LAST.at(row);
  }
}
