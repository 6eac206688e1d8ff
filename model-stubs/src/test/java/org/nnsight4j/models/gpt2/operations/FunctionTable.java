package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.EntryForms.POOL;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.EntryForms.truth;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.acosh;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.asinh;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.atanh;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.digamma;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.erf;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.erfinv;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.lgamma;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.logSigmoid;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.sigmoid;
import static org.nnsight4j.models.gpt2.operations.SpecialFunctions.softplus;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The part of {@link OperationTable} with one operand: functions and activations. */
final class FunctionTable {
  private FunctionTable() {}

  static void addTo(EntryForms forms) {
    forms.single("detach", x -> x);
    forms.single("neg", x -> -x);
    forms.single("abs", Math::abs);
    forms.single("sign", x -> Double.isNaN(x) ? 0 : Math.signum(x));
    forms.single("floor", Math::floor);
    forms.single("ceil", Math::ceil);
    forms.single("round", Math::rint);
    forms.single("trunc", FunctionTable::trunc);
    forms.single("frac", x -> x - trunc(x));
    forms.single("square", x -> x * x);
    forms.single("exp", Math::exp);
    forms.single("exp2", x -> Math.pow(2, x));
    forms.single("expm1", Math::expm1);
    forms.single("log", Math::log);
    forms.single("log1p", Math::log1p);
    forms.single("log2", x -> Math.log(x) / Math.log(2));
    forms.single("log10", Math::log10);
    forms.single("sqrt", Math::sqrt);
    forms.single("rsqrt", x -> 1 / Math.sqrt(x));
    forms.single("reciprocal", x -> 1 / x);
    forms.single("sin", Math::sin);
    forms.single("cos", Math::cos);
    forms.single("tan", Math::tan);
    forms.single("asin", Math::asin);
    forms.single("acos", Math::acos);
    forms.single("atan", Math::atan);
    forms.single("sinh", Math::sinh);
    forms.single("cosh", Math::cosh);
    forms.single("tanh", Math::tanh);
    forms.single("asinh", x -> asinh(x));
    forms.single("acosh", x -> acosh(x));
    forms.single("atanh", x -> atanh(x));
    forms.single("sigmoid", x -> sigmoid(x));
    forms.single("logit", x -> Math.log(x / (1 - x)));
    forms.single("erf", x -> erf(x));
    forms.single("erfc", x -> 1 - erf(x));
    forms.single("erfinv", x -> erfinv(x));
    forms.single("lgamma", x -> lgamma(x));
    forms.single("digamma", x -> digamma(x));
    forms.single("sinc", x -> x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
    forms.single("deg2rad", Math::toRadians);
    forms.single("rad2deg", Math::toDegrees);
    forms.single("isnan", x -> truth(Double.isNaN(x)));
    forms.single("isinf", x -> truth(Double.isInfinite(x)));
    forms.single("isfinite", x -> truth(Double.isFinite(x)));
    forms.single("isposinf", x -> truth(x == Double.POSITIVE_INFINITY));
    forms.single("isneginf", x -> truth(x == Double.NEGATIVE_INFINITY));
    forms.single("signbit", x -> truth(Math.copySign(1, x) < 0 && !Double.isNaN(x)));
    forms.single("logical_not", x -> truth(x == 0));
    forms.entry(
        "nan_to_num",
        combinations(
            Stream.concat(POOL.stream(), Stream.of(EntryForms.ODD)).toList(),
            List.of(0.0, 7.0),
            List.of(9.0),
            List.of(-9.0)),
        args ->
            dense(args, 0)
                .map(
                    x ->
                        Double.isNaN(x)
                            ? (double) args.get(1)
                            : x == Double.POSITIVE_INFINITY
                                ? (double) args.get(2)
                                : x == Double.NEGATIVE_INFINITY ? (double) args.get(3) : x));
    activations(forms);
    tuned(forms);
  }

  private static void activations(EntryForms forms) {
    forms.single("relu", x -> Math.max(x, 0));
    forms.single("relu6", x -> Math.min(Math.max(x, 0), 6));
    forms.single("silu", x -> x * sigmoid(x));
    forms.single("gelu", x -> x * (1 + erf(x / Math.sqrt(2))) / 2);
    forms.single(
        "gelu_tanh",
        x -> x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) / 2);
    forms.single("quick_gelu", x -> x * sigmoid(1.702 * x));
    forms.single("mish", x -> x * Math.tanh(softplus(x)));
    forms.single(
        "selu", x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)));
    forms.single("hardswish", x -> x * hardSigmoid(x));
    forms.single("hardsigmoid", x -> hardSigmoid(x));
    forms.single("tanhshrink", x -> x - Math.tanh(x));
    forms.single("softsign", x -> x / (1 + Math.abs(x)));
    forms.single("log_sigmoid", x -> logSigmoid(x));
    forms.along("softmax", (values, i) -> Math.exp(values[i]) / Dense.sumOfExp(values));
    forms.along("log_softmax", (values, i) -> values[i] - Math.log(Dense.sumOfExp(values)));
    forms.along(
        "softmin",
        (values, i) -> {
          double[] negative = Arrays.stream(values).map(x -> -x).toArray();
          return Math.exp(negative[i]) / Dense.sumOfExp(negative);
        });
    forms.entry(
        "glu",
        combinations(List.of(floats(2, 4), floats(4, 3), floats(2, 3)), List.of(0L, -1L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          int half = x.shape()[axis] / 2;
          return Dense.build(
              Dense.with(x.shape(), axis, half),
              at -> x.at(at) * sigmoid(x.at(Dense.with(at, axis, at[axis] + half))));
        });
  }

  private static void tuned(EntryForms forms) {
    List<Double> bounds = List.of(0.5, 1.0);
    forms.number("leaky_relu", bounds, (x, slope) -> x > 0 ? x : slope * x);
    forms.number("elu", bounds, (x, alpha) -> x > 0 ? x : alpha * Math.expm1(x));
    forms.number("celu", bounds, (x, alpha) -> x > 0 ? x : alpha * Math.expm1(x / alpha));
    forms.number("hardshrink", bounds, (x, bound) -> Math.abs(x) <= bound ? 0 : x);
    forms.number(
        "softshrink", bounds, (x, bound) -> x > bound ? x - bound : x < -bound ? x + bound : 0);
    forms.entry(
        "softplus",
        combinations(POOL, List.of(1.0, 2.0), List.of(20.0, 0.5)),
        args -> {
          double beta = (double) args.get(1);
          double threshold = (double) args.get(2);
          return dense(args, 0)
              .map(x -> beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta);
        });
    forms.entry(
        "hardtanh",
        combinations(POOL, List.of(-1.0, 0.0), List.of(0.5, 1.0)),
        args ->
            dense(args, 0)
                .map(x -> Math.min(Math.max(x, (double) args.get(1)), (double) args.get(2))));
    forms.entry(
        "threshold",
        combinations(POOL, List.of(-1.0, 0.5), List.of(7.0)),
        args -> dense(args, 0).map(x -> x > (double) args.get(1) ? x : (double) args.get(2)));
  }

  private static double trunc(double x) {
    return x < 0 ? Math.ceil(x) : Math.floor(x);
  }

  private static double hardSigmoid(double x) {
    return Math.min(Math.max(x / 6 + 0.5, 0), 1);
  }
}
