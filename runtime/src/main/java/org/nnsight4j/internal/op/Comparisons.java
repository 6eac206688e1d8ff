package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;

/** Comparison, logic, bits, and the choice between two values. */
final class Comparisons {
  static final List<Op> ALL = new ArrayList<>();

  /** Compares in doubles, whose rounding keeps the order; all integers are on one side of 2^63. */
  private static final String WITH_REAL =
      """
      z = x
      if not torch.is_floating_point(x):
        z = torch.to(x, 7)
        if y >= 9.2233720368547758e+18 or y <= -9.2233720368547779e+18:
          z = torch.zeros_like(z)
      return torch.%s(z, y)""";

  /** A number beyond INT32 is smaller or greater than all of INT32, not refused. */
  private static final String WITH_WHOLE =
      """
      z = x
      if not torch.is_floating_point(x):
        z = torch.to(x, 4)
      return torch.%s(z, y)""";

  /** PyTorch's own does not broadcast the first operand if NaNs are equal. */
  private static final String CLOSE =
      """
      both = torch.broadcast_tensors([x, y])
      close = torch.isclose(both[0], both[1], relative, absolute, nans)
      """;

  private static final String CLOSENESS =
      "x: Tensor, y: Tensor, relative: float, absolute: float, nans: bool";

  private static final TypeRule TRUTH_OF_TWO =
      TypeRule.whole(
          "BOOL; x and y of one type",
          in -> {
            DTypes.equal(in.dtype(0), in.dtype(1));
            return DType.BOOL;
          });

  private static final TypeRule WHOLE_BITS =
      TypeRule.whole(
          "of x, integers",
          in -> {
            DType dtype = DTypes.bits(DTypes.number("this operation", in.dtype(0)));
            if (dtype == DType.INT32) {
              DTypes.holds("the number", dtype, in.integer(1));
            }
            return dtype;
          });

  private static final TypeRule SHIFTED =
      TypeRule.whole(
          "of x, integers; by less than its bits",
          in -> {
            DType dtype = DTypes.bits(DTypes.number("this operation", in.dtype(0)));
            if (in.integer(1) < 0 || in.integer(1) >= 8 * dtype.bytes()) {
              throw new ShapeException(
                  "%s is shifted by 0 to %s bits, found %s"
                      .formatted(dtype, 8 * dtype.bytes() - 1, in.integer(1)));
            }
            return dtype;
          });

  static {
    for (String name : List.of("eq", "ne", "lt", "le", "gt", "ge")) {
      String method =
          switch (name) {
            case "ne" -> "neq";
            case "le" -> "lte";
            case "ge" -> "gte";
            default -> name;
          };
      ALL.add(Op.two(name, TypeRule.TRUTH, "torch." + name + "(x, y)").by(method + "(value)"));
      ALL.add(number(name + "_real", "y: float", WITH_REAL.formatted(name), method + "(0.5)"));
      ALL.add(number(name + "_int", "y: int", WITH_WHOLE.formatted(name), method + "(2)"));
    }
    for (String name : List.of("logical_and", "logical_or", "logical_xor")) {
      ALL.add(Op.two(name, TypeRule.TRUTH, "torch." + name + "(x, y)").by(camel(name) + "(value)"));
    }
    truth("logical_not", "logicalNot()");
    truth("isnan", "isNaN()");
    truth("isinf", "isInfinite()");
    truth("isfinite", "isFinite()");
    truth("isposinf", "isPositiveInfinite()");
    truth("isneginf", "isNegativeInfinite()");
    truth("signbit", "signBit()");
    ALL.add(
        Op.of("isclose", CLOSENESS, ShapeRule.PAIR, TRUTH_OF_TWO, CLOSE + "return close")
            .by("isClose(value, relative, absolute, nans)"));
    ALL.add(
        Op.of(
                "allclose",
                CLOSENESS,
                ShapeRule.of(
                    "one number; x and y broadcast",
                    in -> {
                      Rules.broadcast(in.dims(0), in.dims(1));
                      return Dims.SCALAR;
                    }),
                TRUTH_OF_TWO,
                CLOSE + "return torch.all(close)")
            .by("allClose(value, relative, absolute, nans)"));
    for (String name : List.of("and", "or", "xor")) {
      ALL.add(
          Op.two(
                  "bitwise_" + name,
                  TypeRule.whole(
                      "x and y promoted, integers or BOOL",
                      in -> DTypes.bits(DTypes.promote(in.meta(0), in.meta(1)))),
                  "torch.bitwise_" + name + "(x, y)")
              .by(camel("bitwise_" + name) + "(value)"));
      ALL.add(
          Op.of(
                  "bitwise_" + name + "_int",
                  "x: Tensor, y: int",
                  ShapeRule.SAME,
                  WHOLE_BITS,
                  "torch.bitwise_" + name + "(x, y)")
              .by(camel("bitwise_" + name) + "(1)"));
    }
    ALL.add(Op.one("bitwise_not", TypeRule.BITS, "torch.bitwise_not(x)").by("bitwiseNot()"));
    for (String side : List.of("left", "right")) {
      ALL.add(
          Op.of(
                  "shift_" + side,
                  "x: Tensor, count: int",
                  ShapeRule.SAME,
                  SHIFTED,
                  "torch.bitwise_" + side + "_shift(x, count)")
              .by(camel("shift_" + side) + "(1)"));
    }
    ALL.add(
        Op.of(
                "where",
                "condition: Tensor, x: Tensor, y: Tensor",
                ShapeRule.TRIPLE,
                TypeRule.of(
                    "x and y promoted; the condition is BOOL",
                    in -> {
                      DTypes.truth("where", in.dtype(0));
                      return DTypes.promote(in.meta(1), in.meta(2));
                    }),
                "torch.where(condition, x, y)")
            .by("where(condition, otherwise)"));
  }

  private Comparisons() {}

  private static Op number(String name, String parameter, String kernel, String method) {
    return Op.of(name, "x: Tensor, " + parameter, ShapeRule.SAME, TypeRule.TRUTH, kernel)
        .by(method);
  }

  private static void truth(String name, String method) {
    ALL.add(Op.one(name, TypeRule.TRUTH, "torch." + name + "(x)").by(method));
  }

  private static String camel(String name) {
    int line = name.indexOf('_');
    return name.substring(0, line)
        + Character.toUpperCase(name.charAt(line + 1))
        + name.substring(line + 2);
  }
}
