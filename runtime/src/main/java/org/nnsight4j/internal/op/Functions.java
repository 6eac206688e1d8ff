package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;

/** Functions of one number, for each element. */
final class Functions {
  static final List<Op> ALL = new ArrayList<>();

  static {
    for (String name : List.of("neg", "abs", "sign", "floor", "ceil", "round", "trunc", "square")) {
      add(name, TypeRule.NUMBER, name);
    }
    for (String name :
        List.of(
            "exp",
            "exp2",
            "expm1",
            "log",
            "log1p",
            "log2",
            "log10",
            "sqrt",
            "rsqrt",
            "reciprocal",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
            "sigmoid",
            "logit",
            "erf",
            "erfc",
            "erfinv",
            "lgamma",
            "digamma",
            "sinc",
            "deg2rad",
            "rad2deg")) {
      add(name, TypeRule.REAL, name);
    }
    add("frac", TypeRule.FLOATING, "frac");
    ALL.add(
        Op.of(
                "nan_to_num",
                "x: Tensor, nan: float, positive: float, negative: float",
                ShapeRule.SAME,
                TypeRule.SAME,
                "torch.nan_to_num(x, nan, positive, negative)")
            .by("nanToNum(nan, positive, negative)"));
    // A gradient does not flow through it.
    ALL.add(Op.one("detach", TypeRule.SAME, "torch.detach(x)").flat().by("detach()"));
  }

  private Functions() {}

  private static void add(String name, TypeRule type, String method) {
    String kernel = name.equals("logit") ? "torch.logit(x, None)" : "torch." + name + "(x)";
    ALL.add(Op.one(name, type, kernel).by(method + "()"));
  }
}
