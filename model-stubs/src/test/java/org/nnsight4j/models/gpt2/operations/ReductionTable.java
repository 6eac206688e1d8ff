package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.EntryForms.CUBE;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.EntryForms.truth;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The part of {@link OperationTable} with fewer axes. */
final class ReductionTable {
  private ReductionTable() {}

  static void addTo(EntryForms forms) {
    forms.reduction("sum", values -> Arrays.stream(values).sum());
    forms.reduction("nansum", values -> Arrays.stream(values).filter(x -> !Double.isNaN(x)).sum());
    forms.reduction("mean", values -> Arrays.stream(values).average().orElse(Double.NaN));
    forms.reduction("prod", values -> Arrays.stream(values).reduce(1, (x, y) -> x * y));
    forms.reduction("max", values -> Arrays.stream(values).max().orElseThrow());
    forms.reduction("min", values -> Arrays.stream(values).min().orElseThrow());
    forms.reduction("var", Dense::variance);
    forms.reduction("std", values -> Math.sqrt(Dense.variance(values)));
    forms.reduction("logsumexp", values -> Math.log(Dense.sumOfExp(values)));
    forms.reduction("count_nonzero", values -> Arrays.stream(values).filter(x -> x != 0).count());
    forms.reduction("norm", values -> norm(values, 2));
    forms.reduction("any", values -> truth(Arrays.stream(values).anyMatch(x -> x != 0)));
    forms.reduction("all", values -> truth(Arrays.stream(values).allMatch(x -> x != 0)));
    forms.entry(
        "norm_p",
        combinations(
            List.of(FLOATS, CUBE, doubles(2, 3), WHOLES, halves(2, 3), floats(), floats(0, 3)),
            List.of(new long[0], new long[] {0}, new long[] {1, -3}),
            List.of(true, false),
            List.of(1.0, 2.0, 3.5, 0.0, -1.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)),
        args ->
            dense(args, 0)
                .reduce(
                    (long[]) args.get(1),
                    (boolean) args.get(2),
                    values -> norm(values, (double) args.get(3))));
    forms.oneAxis("argmax", values -> best(values, 1));
    forms.oneAxis("argmin", values -> best(values, -1));
    forms.oneAxis("median_values", values -> sorted(values)[(values.length - 1) / 2]);
    forms.oneAxis(
        "median_indices",
        values -> {
          double middle = sorted(values)[(values.length - 1) / 2];
          return IntStream.range(0, values.length)
              .filter(i -> values[i] == middle)
              .findFirst()
              .orElseThrow();
        });
  }

  private static double norm(double[] values, double p) {
    double[] sizes = Arrays.stream(values).map(Math::abs).toArray();
    if (p == 0) {
      return Arrays.stream(sizes).filter(x -> x != 0).count();
    } else if (p == Double.POSITIVE_INFINITY) {
      return Arrays.stream(sizes).max().orElseThrow();
    } else if (p == Double.NEGATIVE_INFINITY) {
      return Arrays.stream(sizes).min().orElseThrow();
    }
    return Math.pow(Arrays.stream(sizes).map(x -> Math.pow(x, p)).sum(), 1 / p);
  }

  private static double best(double[] values, int sign) {
    return IntStream.range(0, values.length)
        .reduce(0, (a, b) -> sign * values[b] > sign * values[a] ? b : a);
  }

  private static double[] sorted(double[] values) {
    return Arrays.stream(values).sorted().toArray();
  }
}
