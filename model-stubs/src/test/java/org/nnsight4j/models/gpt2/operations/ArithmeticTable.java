package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.EntryForms.EXACT;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.POOL;
import static org.nnsight4j.models.gpt2.operations.EntryForms.WHOLES;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.EntryForms.truth;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;
import static org.nnsight4j.models.gpt2.operations.Samples.shorts;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Stream;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} with two operands: arithmetic, comparison, logic, bits. */
final class ArithmeticTable {
  private static final List<Double> REALS = List.of(0.5, -1.5, 2.0);
  private static final List<Long> NUMBERS = List.of(2L, 3L, -1L, -3L, 0L);
  private static final List<Tensor> ODD_PAIRS =
      Stream.concat(POOL.stream(), Stream.of(EntryForms.ODD)).toList();
  private final EntryForms forms;

  private ArithmeticTable(EntryForms forms) {
    this.forms = forms;
  }

  static void addTo(EntryForms forms) {
    ArithmeticTable table = new ArithmeticTable(forms);
    table.arithmetic();
    table.comparison();
    table.bits();
    forms.entry(
        "where",
        combinations(POOL, POOL, List.of(FLOATS, WHOLES, floats())),
        args -> {
          Dense all =
              dense(args, 0).zip(dense(args, 1), (c, x) -> 0).zip(dense(args, 2), (a, y) -> 0);
          return Dense.build(
              all.shape(),
              at -> dense(args, dense(args, 0).broadcastAt(at) != 0 ? 1 : 2).broadcastAt(at));
        });
    forms.entry(
        "cast",
        combinations(POOL, Arrays.stream(DType.values()).map(DType::name).toList()),
        ArithmeticTable::cast);
  }

  private void arithmetic() {
    both("add", Double::sum);
    both("sub", (x, y) -> x - y);
    both("mul", (x, y) -> x * y);
    forms.pair("div", (x, y) -> x / y);
    forms.number("div_real", REALS, (x, y) -> x / y);
    List<Tensor> positive = POOL.stream().filter(each -> each != EntryForms.NEGATIVE).toList();
    forms.pair("pow", positive, Math::pow);
    forms.number("pow_real", REALS, Math::pow);
    forms.number("pow_int", NUMBERS, Math::pow);
    // Near a multiple the narrow types fall on either side of it.
    forms.pair("remainder", EXACT, ArithmeticTable::remainder);
    forms.number("remainder_real", REALS, ArithmeticTable::remainder);
    forms.number("remainder_int", NUMBERS, ArithmeticTable::remainder);
    forms.pair("fmod", EXACT, (x, y) -> x % y);
    forms.number("fmod_real", REALS, (x, y) -> x % y);
    forms.number("fmod_int", NUMBERS, (x, y) -> x % y);
    forms.pair("floor_divide", EXACT, (x, y) -> Math.floor(x / y));
    forms.number("floor_divide_real", EXACT, REALS, (x, y) -> Math.floor(x / y));
    forms.number("floor_divide_int", EXACT, NUMBERS, (x, y) -> Math.floor(x / y));
    forms.pair("maximum", ODD_PAIRS, Math::max);
    forms.pair("minimum", ODD_PAIRS, Math::min);
    forms.pair(
        "fmax", ODD_PAIRS, (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.max(x, y));
    forms.pair(
        "fmin", ODD_PAIRS, (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.min(x, y));
    forms.pair("atan2", Math::atan2);
    forms.pair("hypot", Math::hypot);
    forms.pair("copysign", Math::copySign);
    forms.pair("logaddexp", (x, y) -> Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y))));
    forms.pair("xlogy", (x, y) -> Double.isNaN(y) ? y : x == 0 ? 0 : x * Math.log(y));
    forms.number("clamp_min", REALS, Math::max);
    forms.number("clamp_max", REALS, Math::min);
    forms.number("clamp_min_int", NUMBERS, Math::max);
    forms.number("clamp_max_int", NUMBERS, Math::min);
    forms.entry(
        "lerp",
        combinations(
            List.of(FLOATS, doubles(2, 3), WHOLES, floats(3)),
            List.of(floats(2, 3), doubles(2, 3), floats()),
            List.of(floats(2, 3), floats(2, 1), doubles(3))),
        args ->
            dense(args, 0)
                .zip(dense(args, 2), (x, w) -> x * (1 - w))
                .zip(dense(args, 1).zip(dense(args, 2), (y, w) -> y * w), Double::sum));
    forms.entry(
        "lerp_real",
        combinations(POOL, POOL, List.of(0.25, 1.0)),
        args -> {
          double w = (double) args.get(2);
          return dense(args, 0).zip(dense(args, 1), (x, y) -> x + w * (y - x));
        });
  }

  private void both(String op, DoubleBinaryOperator function) {
    forms.pair(op, function);
    forms.number(op + "_real", REALS, function);
    forms.number(op + "_int", NUMBERS, function);
  }

  private void comparison() {
    compare("eq", (x, y) -> truth(x == y));
    compare("ne", (x, y) -> truth(x != y));
    compare("lt", (x, y) -> truth(x < y));
    compare("le", (x, y) -> truth(x <= y));
    compare("gt", (x, y) -> truth(x > y));
    compare("ge", (x, y) -> truth(x >= y));
    forms.pair("logical_and", (x, y) -> truth(x != 0 && y != 0));
    forms.pair("logical_or", (x, y) -> truth(x != 0 || y != 0));
    forms.pair("logical_xor", (x, y) -> truth((x != 0) != (y != 0)));
    List<Tensor> near =
        List.of(
            FLOATS,
            OperationTest.run("add_real", List.of(FLOATS, 1e-3)),
            EntryForms.ODD,
            doubles(4),
            WHOLES,
            floats(2, 1, 1),
            halves(2, 3));
    forms.entry(
        "isclose",
        combinations(near, near, List.of(1e-2, 0.0), List.of(1e-2, 0.0), List.of(true, false)),
        ArithmeticTable::close);
    forms.entry(
        "allclose",
        combinations(near, near, List.of(1e-2, 0.0), List.of(1e-2), List.of(true, false)),
        args ->
            close(args)
                .reduce(
                    new long[0],
                    false,
                    all -> truth(Arrays.stream(all).allMatch(each -> each == 1))));
  }

  private void compare(String op, DoubleBinaryOperator function) {
    forms.pair(op, ODD_PAIRS, function);
    forms.number(op + "_real", ODD_PAIRS, List.of(0.5, 2.0, Double.NaN, 1e300), function);
    forms.number(op + "_int", ODD_PAIRS, List.of(0L, 2L, 1L << 40), function);
  }

  private static Dense close(List<Object> args) {
    return dense(args, 0)
        .zip(
            dense(args, 1),
            (x, y) ->
                truth(
                    x == y
                        || (boolean) args.get(4) && Double.isNaN(x) && Double.isNaN(y)
                        || Double.isFinite(x)
                            && Double.isFinite(y)
                            && Math.abs(x - y)
                                <= (double) args.get(3) + (double) args.get(2) * Math.abs(y)));
  }

  private void bits() {
    List<Tensor> pool = Stream.concat(POOL.stream(), Stream.of(shorts(2, 3))).toList();
    forms.pair("bitwise_and", pool, (x, y) -> (long) x & (long) y);
    forms.pair("bitwise_or", pool, (x, y) -> (long) x | (long) y);
    forms.pair("bitwise_xor", pool, (x, y) -> (long) x ^ (long) y);
    List<Long> numbers = List.of(1L, 6L, -2L, 1L << 40);
    forms.number("bitwise_and_int", numbers, (x, y) -> (long) x & (long) y);
    forms.number("bitwise_or_int", numbers, (x, y) -> (long) x | (long) y);
    forms.number("bitwise_xor_int", numbers, (x, y) -> (long) x ^ (long) y);
    forms.entry(
        "bitwise_not",
        combinations(pool),
        args ->
            dense(args, 0)
                .map(x -> ((Tensor) args.get(0)).dtype() == DType.BOOL ? 1 - x : ~(long) x));
    List<Long> counts = List.of(0L, 1L, 5L, -1L, 64L);
    forms.number("shift_left", counts, (x, y) -> (long) x << (long) y);
    forms.number("shift_right", counts, (x, y) -> (long) x >> (long) y);
  }

  private static Dense cast(List<Object> args) {
    DType dtype = DType.valueOf((String) args.get(1));
    return dense(args, 0)
        .map(x -> dtype == DType.BOOL ? truth(x != 0) : dtype.isInteger() ? (long) x : x);
  }

  static double remainder(double x, double y) {
    return x - y * Math.floor(x / y);
  }
}
