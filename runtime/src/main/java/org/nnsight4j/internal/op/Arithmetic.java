package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;

/** Arithmetic of two tensors, or of a tensor and a number; and casts. */
final class Arithmetic {
  static final List<Op> ALL = new ArrayList<>();

  /**
   * Dividing the smallest integer by -1 traps on processors, so the quotient by -1 is the negative.
   */
  private static final String DIVIDED =
      """
      if torch.is_floating_point(x) or torch.is_floating_point(y):
        z = torch.div(x, y, rounding_mode="floor")
      else:
        turned = torch.eq(y, -1)
        safe = torch.div(x, torch.masked_fill(y, turned, 1), rounding_mode="floor")
        z = torch.where(turned, torch.neg(safe), safe)
      return z""";

  /** Like {@link #DIVIDED}; the remainder is 0. */
  private static final String REST =
      """
      if torch.is_floating_point(x) or torch.is_floating_point(y):
        z = torch.%1$s(x, y)
      else:
        z = torch.%1$s(x, torch.masked_fill(y, torch.eq(y, -1), 1))
      return z""";

  private static final TypeRule WHOLE = TypeRule.of("of x, INT64 of BOOL", Arithmetic::keepsWhole);

  private static final TypeRule WHOLE_NUMBER =
      TypeRule.of(
          "of x, numbers",
          in -> {
            DTypes.number("this operation", in.dtype(0));
            return keepsWhole(in);
          });

  private static final TypeRule POWER =
      TypeRule.of(
          "of x, INT64 of BOOL; integers have no negative powers",
          in -> {
            if (in.integer(1) < 0 && !in.dtype(0).isFloating()) {
              throw new ShapeException(
                  "%s has no power %s; cast with toType(DType.FLOAT32)"
                      .formatted(in.dtype(0), in.integer(1)));
            }
            return keepsWhole(in);
          });

  private static final TypeRule DIVISIBLE =
      TypeRule.of(
          "of x, numbers; no integer is divided by 0",
          in -> {
            if (in.integer(1) == 0 && !in.dtype(0).isFloating()) {
              throw new ShapeException(
                  "%s cannot be divided by 0; cast with toType(DType.FLOAT32)"
                      .formatted(in.dtype(0)));
            }
            DTypes.number("this operation", in.dtype(0));
            return keepsWhole(in);
          });

  private static final TypeRule REAL_NUMBER =
      TypeRule.of(
          "of x; FLOAT32 of integers",
          in -> DTypes.real(DTypes.number("this operation", in.dtype(0))));

  static {
    pair("add", TypeRule.PROMOTED_NUMBER, "torch.add(x, y)");
    pair("sub", TypeRule.BOTH_NUMBERS_PROMOTED, "torch.sub(x, y)");
    pair("mul", TypeRule.PROMOTED_NUMBER, "torch.mul(x, y)");
    ALL.add(Op.two("div", TypeRule.PROMOTED_REAL, "torch.div(x, y)").by("div(value), div(2.0)"));
    pair("floor_divide", TypeRule.BOTH_NUMBERS_PROMOTED, DIVIDED);
    pair("remainder", TypeRule.BOTH_NUMBERS_PROMOTED, REST.formatted("remainder"));
    pair("fmod", TypeRule.BOTH_NUMBERS_PROMOTED, REST.formatted("fmod"));
    pair(
        "pow",
        TypeRule.PROMOTED_NUMBER,
        // PyTorch's gradient of a power does not support boolean exponents.
        """
        exponent = y
        if ops.prim.dtype(y) == 11:
          exponent = torch.to(y, x)
        return torch.pow(x, exponent)""");
    pair("maximum", TypeRule.PROMOTED_NUMBER, "torch.maximum(x, y)");
    pair("minimum", TypeRule.PROMOTED_NUMBER, "torch.minimum(x, y)");
    pair("fmax", TypeRule.PROMOTED_NUMBER, "torch.fmax(x, y)");
    pair("fmin", TypeRule.PROMOTED_NUMBER, "torch.fmin(x, y)");
    pair("atan2", TypeRule.PROMOTED_REAL, "torch.atan2(x, y)");
    pair("hypot", TypeRule.BOTH_FLOATING, "torch.hypot(x, y)");
    pair("copysign", TypeRule.PROMOTED_REAL, "torch.copysign(x, y)");
    pair("logaddexp", TypeRule.BOTH_FLOATING, "torch.logaddexp(x, y)");
    pair("xlogy", TypeRule.PROMOTED_REAL, "torch.xlogy(x, y)");
    ALL.add(
        Op.of(
                "lerp",
                "x: Tensor, y: Tensor, weight: Tensor",
                ShapeRule.TRIPLE,
                TypeRule.of(
                    "of all three, equal and floating",
                    in ->
                        DTypes.equal(
                            DTypes.floating("lerp", DTypes.equal(in.dtype(0), in.dtype(1))),
                            in.dtype(2))),
                "torch.lerp(x, y, weight)")
            .by("lerp(end, weight)"));
    ALL.add(
        Op.of(
                "lerp_real",
                "x: Tensor, y: Tensor, weight: float",
                ShapeRule.PAIR,
                TypeRule.BOTH_FLOATING,
                "torch.lerp(x, y, weight)")
            .by("lerp(end, 0.5)"));

    real("add", TypeRule.REAL, "torch.add(x, y)");
    real("sub", REAL_NUMBER, "torch.sub(x, y)");
    real("mul", TypeRule.REAL, "torch.mul(x, y)");
    real("div", TypeRule.REAL, "torch.div(x, y)");
    real("pow", TypeRule.REAL, "torch.pow(x, y)");
    real("floor_divide", REAL_NUMBER, "torch.div(x, y, rounding_mode=\"floor\")");
    real("remainder", REAL_NUMBER, "torch.remainder(x, y)");
    real("fmod", REAL_NUMBER, "torch.fmod(x, y)");
    for (String side : List.of("clamp_min", "clamp_max")) {
      ALL.add(
          Op.of(
                  side,
                  "x: Tensor, y: float",
                  ShapeRule.SAME,
                  TypeRule.REAL,
                  "torch." + side + "(x, y)")
              .by("clip(low, high)"));
      ALL.add(
          Op.of(
                  side + "_int",
                  "x: Tensor, y: int",
                  ShapeRule.SAME,
                  WHOLE,
                  "torch." + side + "(x, y)")
              .by("clip(0, 1)"));
    }
    whole("add", WHOLE, "torch.add(x, y)");
    whole("sub", WHOLE_NUMBER, "torch.sub(x, y)");
    whole("mul", WHOLE, "torch.mul(x, y)");
    whole("pow", POWER, "torch.pow(x, y)");
    whole(
        "floor_divide",
        DIVISIBLE,
        """
        if y == -1:
          z = torch.neg(x)
          if torch.is_floating_point(x):
            z = torch.floor(z)
        else:
          z = torch.div(x, y, rounding_mode="floor")
        return z""");
    for (String name : List.of("remainder", "fmod")) {
      whole(
          name,
          DIVISIBLE,
          """
          if y == -1 and not torch.is_floating_point(x):
            z = torch.zeros_like(x)
          else:
            z = torch.%s(x, y)
          return z"""
              .formatted(name));
    }
    ALL.add(
        Op.of(
                "cast",
                "x: Tensor, dtype: str",
                ShapeRule.SAME,
                TypeRule.of("as named", in -> TypeRule.dtype(in, 1)),
                DTypes.CODE + "\nreturn torch.to(x, code)")
            .by("toType(dtype)"));
  }

  private Arithmetic() {}

  /** Truth values count as numbers; a number must fit into the type that it meets. */
  private static DType keepsWhole(OpInputs in) {
    DType dtype = in.dtype(0) == DType.BOOL ? DType.INT64 : in.dtype(0);
    if (dtype == DType.INT32) {
      DTypes.holds("the number", dtype, in.integer(1));
    }
    return dtype;
  }

  private static String method(String name) {
    return switch (name) {
      case "remainder" -> "mod";
      case "floor_divide" -> "floorDivide";
      case "copysign" -> "copySign";
      case "logaddexp" -> "logAddExp";
      case "xlogy" -> "xLogY";
      default -> name;
    };
  }

  private static void pair(String name, TypeRule type, String kernel) {
    ALL.add(Op.two(name, type, kernel).by(method(name) + "(value)"));
  }

  /** With a number that turns integers into floating-point numbers. */
  private static void real(String name, TypeRule type, String kernel) {
    ALL.add(
        Op.of(name + "_real", "x: Tensor, y: float", ShapeRule.SAME, type, kernel)
            .by(method(name) + "(0.5)"));
  }

  /** With a number that keeps integers integers. */
  private static void whole(String name, TypeRule type, String kernel) {
    ALL.add(
        Op.of(name + "_int", "x: Tensor, y: int", ShapeRule.SAME, type, kernel)
            .by(method(name) + "(2)"));
  }
}
