package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.EntryForms.CUBE;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;
import static org.nnsight4j.models.gpt2.operations.Samples.shorts;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that training has: losses and normalization. */
final class LossTable {
  private static final List<String> REDUCTIONS = List.of("none", "mean", "sum", "max");
  private static final List<Tensor> POOL =
      List.of(FLOATS, floats(2, 3), doubles(2, 3), halves(2, 3), floats(3), WHOLES, floats(0, 3));

  private interface OfThree {
    double at(double x, double y, double parameter);
  }

  private LossTable() {}

  static void addTo(EntryForms forms) {
    classes(forms, "cross_entropy", true);
    classes(forms, "nll", false);
    pair(forms, "mse", (x, y) -> (x - y) * (x - y));
    pair(forms, "l1", (x, y) -> Math.abs(x - y));
    pair(
        forms,
        "bce_with_logits",
        (x, y) -> Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x))));
    tuned(
        forms,
        "smooth_l1",
        (x, y, beta) -> {
          double d = Math.abs(x - y);
          return d < beta ? d * d / (2 * beta) : d - beta / 2;
        });
    tuned(
        forms,
        "huber",
        (x, y, delta) -> {
          double d = Math.abs(x - y);
          return d < delta ? d * d / 2 : delta * (d - delta / 2);
        });
    List<Tensor> targets =
        List.of(
            OperationTest.run("softmax", List.of(FLOATS, 1L)),
            OperationTest.run("softmax", List.of(doubles(2, 3), 1L)),
            Tensor.of(new double[] {0, 0.5, 0.5, 1, 0, 0}, 2, 3));
    forms.entry(
        "kl_div",
        combinations(POOL, targets, List.of(true, false), REDUCTIONS),
        args -> {
          boolean logarithms = (boolean) args.get(2);
          return reduced(
              dense(args, 0)
                  .zip(
                      dense(args, 1),
                      (x, y) ->
                          logarithms ? Math.exp(y) * (y - x) : y == 0 ? 0 : y * (Math.log(y) - x)),
              (String) args.get(3));
        });
    normalizations(forms);
  }

  private static void classes(EntryForms forms, String op, boolean softmax) {
    forms.entry(
        op,
        combinations(
            List.of(floats(2, 4), doubles(2, 3, 4), floats(4), halves(2, 4), floats(0, 4)),
            List.of(wholes(2), wholes(2, 3), wholes(), wholes(0), shorts(2)),
            REDUCTIONS,
            List.of(-100L, 2L)),
        args -> {
          Dense x = dense(args, 0);
          Dense ids = dense(args, 1);
          long ignored = (long) args.get(3);
          Dense each =
              Dense.build(
                  ids.shape(),
                  at -> {
                    int id = (int) ids.at(at);
                    if (id == ignored) {
                      return 0;
                    }
                    double[] line = x.along(at.length, Dense.inserted(at, at.length, 0));
                    return (softmax ? Math.log(Dense.sumOfExp(line)) : 0) - line[id];
                  });
          if (args.get(2).equals("mean")) {
            double count = Arrays.stream(ids.data()).filter(id -> id != ignored).count();
            double sum = Arrays.stream(each.data()).sum();
            return new Dense(new int[0], new double[] {sum / count});
          }
          return reduced(each, (String) args.get(2));
        });
  }

  private static void pair(EntryForms forms, String op, DoubleBinaryOperator function) {
    forms.entry(
        op,
        combinations(POOL, POOL, REDUCTIONS),
        args -> reduced(dense(args, 0).zip(dense(args, 1), function), (String) args.get(2)));
  }

  private static void tuned(EntryForms forms, String op, OfThree function) {
    forms.entry(
        op,
        combinations(POOL, POOL, List.of(0.5, 2.0, 0.0), REDUCTIONS),
        args ->
            reduced(
                dense(args, 0)
                    .zip(dense(args, 1), (x, y) -> function.at(x, y, (double) args.get(2))),
                (String) args.get(3)));
  }

  private static Dense reduced(Dense each, String reduction) {
    return switch (reduction) {
      case "none" -> each;
      case "sum" -> each.reduce(new long[0], false, all -> Arrays.stream(all).sum());
      default ->
          each.reduce(new long[0], false, all -> Arrays.stream(all).average().orElse(Double.NaN));
    };
  }

  private static void normalizations(EntryForms forms) {
    List<Tensor> inputs =
        List.of(FLOATS, CUBE, doubles(2, 3), halves(2, 3), WHOLES, floats(), floats(0, 3));
    List<Tensor> weights = List.of(floats(3), doubles(3), floats(4), halves(3));
    List<Double> eps = List.of(1e-5, 0.5);
    forms.entry("layer_norm", combinations(inputs, eps), args -> layerNorm(args, 1));
    forms.entry(
        "layer_norm_affine",
        combinations(inputs, weights, weights, eps),
        args ->
            layerNorm(args, 3)
                .zip(dense(args, 1), (x, w) -> x * w)
                .zip(dense(args, 2), Double::sum));
    forms.entry("rms_norm", combinations(inputs, eps), args -> rmsNorm(args, 1));
    forms.entry(
        "rms_norm_weighted",
        combinations(inputs, weights, eps),
        args -> rmsNorm(args, 2).zip(dense(args, 1), (x, w) -> x * w));
  }

  private static Dense layerNorm(List<Object> args, int eps) {
    Dense x = dense(args, 0);
    Dense mean = x.reduce(new long[] {-1}, true, Dense::mean);
    Dense centred = x.zip(mean, (a, b) -> a - b);
    return scaled(centred, (double) args.get(eps));
  }

  private static Dense rmsNorm(List<Object> args, int eps) {
    return scaled(dense(args, 0), (double) args.get(eps));
  }

  private static Dense scaled(Dense x, double eps) {
    Dense squares =
        x.reduce(
            new long[] {-1}, true, all -> Arrays.stream(all).map(a -> a * a).average().orElse(0));
    return x.zip(squares, (a, square) -> a / Math.sqrt(square + eps));
  }
}
