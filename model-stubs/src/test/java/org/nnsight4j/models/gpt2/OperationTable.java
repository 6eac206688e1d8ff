package org.nnsight4j.models.gpt2;

import static org.nnsight4j.models.gpt2.Dense.with;
import static org.nnsight4j.models.gpt2.Samples.brains;
import static org.nnsight4j.models.gpt2.Samples.combinations;
import static org.nnsight4j.models.gpt2.Samples.doubles;
import static org.nnsight4j.models.gpt2.Samples.floats;
import static org.nnsight4j.models.gpt2.Samples.halves;
import static org.nnsight4j.models.gpt2.Samples.shorts;
import static org.nnsight4j.models.gpt2.Samples.truths;
import static org.nnsight4j.models.gpt2.Samples.wholes;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** For each operation many arguments, and the same computation in plain Java. */
final class OperationTable {
  /** The arguments are those of the operation: tensors, lists of them, numbers, and so on. */
  interface Reference {
    Dense of(List<Object> args);
  }

  record Entry(List<List<Object>> cases, Reference reference) {}

  static final Map<String, Entry> ENTRIES = new LinkedHashMap<>();

  private static final Tensor FLOATS = floats(2, 3);
  private static final Tensor CUBE = floats(2, 3, 4);
  private static final Tensor WHOLES = wholes(2, 3);
  private static final Tensor TRUTHS = truths(2, 3);
  private static final Tensor ODD =
      Tensor.of(new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.0, 1e30}, 4);
  private static final List<Tensor> POOL =
      List.of(
          FLOATS,
          floats(3),
          floats(2, 1),
          floats(),
          doubles(2, 3),
          doubles(),
          WHOLES,
          wholes(),
          shorts(1, 3),
          shorts(),
          TRUTHS,
          truths(),
          halves(2, 3),
          halves(),
          brains(2, 3),
          floats(0, 3),
          CUBE);

  static {
    pair("add", Double::sum);
    pair("sub", (x, y) -> x - y);
    pair("mul", (x, y) -> x * y);
    pair("div", (x, y) -> x / y);
    pair("pow", Math::pow);
    // Near a multiple the narrow types fall on either side of it; whole numbers have no rest by 0.
    List<Tensor> wide =
        POOL.stream()
            .filter(each -> each.dtype().bytes() != 2 && each.dtype() != DType.BOOL)
            .toList();
    pair("remainder", wide, OperationTable::remainder);
    pair("maximum", Math::max);
    pair("minimum", Math::min);
    number("add", Double::sum);
    number("sub", (x, y) -> x - y);
    number("mul", (x, y) -> x * y);
    number("pow", Math::pow);
    number("remainder", OperationTable::remainder);
    real("div_real", (x, y) -> x / y);
    real("clamp_min", Math::max);
    real("clamp_max", Math::min);
    single("neg", x -> -x);
    single("abs", Math::abs);
    single("sign", x -> Double.isNaN(x) ? 0 : Math.signum(x));
    single("floor", Math::floor);
    single("ceil", Math::ceil);
    single("round", Math::rint);
    single("square", x -> x * x);
    single("relu", x -> Math.max(x, 0));
    single("exp", Math::exp);
    single("log", Math::log);
    single("sqrt", Math::sqrt);
    single("rsqrt", x -> 1 / Math.sqrt(x));
    single("sin", Math::sin);
    single("cos", Math::cos);
    single("tanh", Math::tanh);
    single("sigmoid", OperationTable::sigmoid);
    single("erf", OperationTable::erf);
    single("reciprocal", x -> 1 / x);
    single("silu", x -> x * sigmoid(x));
    single("gelu", x -> x * (1 + erf(x / Math.sqrt(2))) / 2);
    single(
        "gelu_tanh",
        x -> x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) / 2);
    single("isnan", x -> truth(Double.isNaN(x)));
    single("isinf", x -> truth(Double.isInfinite(x)));
    single("logical_not", x -> truth(x == 0));
    compare("eq", (x, y) -> truth(x == y));
    compare("ne", (x, y) -> truth(x != y));
    compare("lt", (x, y) -> truth(x < y));
    compare("le", (x, y) -> truth(x <= y));
    compare("gt", (x, y) -> truth(x > y));
    compare("ge", (x, y) -> truth(x >= y));
    pair("logical_and", (x, y) -> truth(x != 0 && y != 0));
    pair("logical_or", (x, y) -> truth(x != 0 || y != 0));
    pair("logical_xor", (x, y) -> truth((x != 0) != (y != 0)));
    List<String> types = Arrays.stream(DType.values()).map(DType::name).toList();
    entry("cast", combinations(POOL, types), OperationTable::cast);
    entry(
        "where",
        combinations(POOL, POOL, List.of(FLOATS, WHOLES, floats())),
        args -> {
          Dense all =
              dense(args, 0).zip(dense(args, 1), (c, x) -> 0).zip(dense(args, 2), (a, y) -> 0);
          return Dense.build(
              all.shape(),
              at -> dense(args, dense(args, 0).broadcastAt(at) != 0 ? 1 : 2).broadcastAt(at));
        });
    reduction("sum", values -> Arrays.stream(values).sum());
    reduction("mean", values -> Arrays.stream(values).average().orElse(Double.NaN));
    reduction("max", values -> Arrays.stream(values).max().orElseThrow());
    reduction("min", values -> Arrays.stream(values).min().orElseThrow());
    reduction("var", Dense::variance);
    reduction("std", values -> Math.sqrt(Dense.variance(values)));
    reduction("norm", values -> Math.sqrt(Arrays.stream(values).map(x -> x * x).sum()));
    reduction("any", values -> truth(Arrays.stream(values).anyMatch(x -> x != 0)));
    reduction("all", values -> truth(Arrays.stream(values).allMatch(x -> x != 0)));
    extreme("argmax", 1);
    extreme("argmin", -1);
    along("softmax", (values, i) -> Math.exp(values[i]) / Dense.sumOfExp(values));
    along("log_softmax", (values, i) -> values[i] - Math.log(Dense.sumOfExp(values)));
    top("topk_values", true);
    top("topk_indices", false);
    ArrangementTable.addTo(ENTRIES);
  }

  private OperationTable() {}

  private static void entry(String op, List<List<Object>> cases, Reference reference) {
    ENTRIES.put(op, new Entry(cases, reference));
  }

  private static void pair(String op, DoubleBinaryOperator function) {
    pair(op, POOL, function);
  }

  private static void pair(String op, List<Tensor> pool, DoubleBinaryOperator function) {
    entry(op, combinations(pool, pool), args -> dense(args, 0).zip(dense(args, 1), function));
  }

  private static void number(String op, DoubleBinaryOperator function) {
    real(op + "_real", function);
    scalar(op + "_int", List.of(2L, 3L), function);
  }

  private static void real(String op, DoubleBinaryOperator function) {
    scalar(op, List.of(0.5, -1.5, 2.0), function);
  }

  private static void scalar(String op, List<?> numbers, DoubleBinaryOperator function) {
    entry(
        op,
        combinations(POOL, numbers),
        args -> {
          double y = ((Number) args.get(1)).doubleValue();
          return dense(args, 0).map(x -> function.applyAsDouble(x, y));
        });
  }

  private static void compare(String op, DoubleBinaryOperator function) {
    pair(op, function);
    real(op + "_real", function);
  }

  private static void single(String op, DoubleUnaryOperator function) {
    entry(
        op,
        combinations(Stream.concat(POOL.stream(), Stream.of(ODD)).toList()),
        args -> dense(args, 0).map(function));
  }

  private static void reduction(String op, ToDoubleFunction<double[]> function) {
    List<Object> axes = List.of(new long[0], new long[] {0}, new long[] {-1}, new long[] {1, -3});
    entry(
        op,
        combinations(
            List.of(
                FLOATS, CUBE, doubles(2, 3), WHOLES, shorts(2, 3), TRUTHS, halves(2, 3), floats()),
            axes,
            List.of(true, false)),
        args -> dense(args, 0).reduce((long[]) args.get(1), (boolean) args.get(2), function));
  }

  private static void extreme(String op, int sign) {
    entry(
        op,
        combinations(List.of(FLOATS, CUBE, WHOLES, TRUTHS), List.of(0L, -1L), List.of(true, false)),
        args ->
            dense(args, 0)
                .reduce(
                    new long[] {(long) args.get(1)},
                    (boolean) args.get(2),
                    values ->
                        IntStream.range(0, values.length)
                            .reduce(0, (a, b) -> sign * values[b] > sign * values[a] ? b : a)));
  }

  private interface OfLine {
    double at(double[] values, int place);
  }

  private static void along(String op, OfLine function) {
    entry(
        op,
        combinations(POOL, List.of(0L, -1L, -2L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          return Dense.build(x.shape(), at -> function.at(x.along(axis, at), at[axis]));
        });
  }

  private static void top(String op, boolean values) {
    entry(
        op,
        combinations(List.of(FLOATS, CUBE, doubles(4), TRUTHS), List.of(1L, 2L), List.of(0L, -1L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(2));
          return Dense.build(
              with(x.shape(), axis, ((Long) args.get(1)).intValue()),
              at -> {
                double[] line = x.along(axis, at);
                int best =
                    IntStream.range(0, line.length)
                        .boxed()
                        .sorted((a, b) -> Double.compare(line[b], line[a]))
                        .toList()
                        .get(at[axis]);
                return values ? line[best] : best;
              });
        });
  }

  private static Dense cast(List<Object> args) {
    DType dtype = DType.valueOf((String) args.get(1));
    return dense(args, 0)
        .map(x -> dtype == DType.BOOL ? truth(x != 0) : dtype.isInteger() ? (long) x : x);
  }

  private static double remainder(double x, double y) {
    return x - y * Math.floor(x / y);
  }

  private static double truth(boolean holds) {
    return holds ? 1 : 0;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** The Taylor series, good for the small numbers that are here. */
  private static double erf(double x) {
    if (!(Math.abs(x) < 5)) {
      return Math.signum(x);
    }
    double sum = 0;
    double term = x;
    for (int n = 0; n < 120; n++) {
      sum += term / (2 * n + 1);
      term *= -x * x / (n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  static Dense dense(List<Object> args, int place) {
    return Dense.of((Tensor) args.get(place));
  }

  private static List<String> names() {
    return Arrays.stream(DType.values()).map(DType::name).toList();
  }
}
