package org.nnsight4j.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.Rules;
import org.nnsight4j.tensor.DType;

/** Element by element: two tensors, a tensor and a number, or one tensor; and casts. */
final class Arithmetic {
  static final List<Op> ALL = new ArrayList<>();

  static {
    pair("add", "torch.add(x, y)");
    pair("sub", "torch.sub(x, y)");
    pair("mul", "torch.mul(x, y)");
    pair("pow", "torch.pow(x, y)");
    pair("remainder", "torch.remainder(x, y)");
    pair("maximum", "torch.maximum(x, y)");
    pair("minimum", "torch.minimum(x, y)");
    ALL.add(
        Op.of(
            "div",
            "x: Tensor, y: Tensor",
            "torch.div(x, y)",
            in ->
                new Meta(
                    Rules.broadcast(in.dims(0), in.dims(1)),
                    DTypes.real(DTypes.promote(in.meta(0), in.meta(1))))));

    withNumber("add", "torch.add(x, y)");
    withNumber("sub", "torch.sub(x, y)");
    withNumber("mul", "torch.mul(x, y)");
    withNumber("pow", "torch.pow(x, y)");
    withNumber("remainder", "torch.remainder(x, y)");
    ALL.add(realNumber("div_real", "torch.div(x, y)"));
    ALL.add(realNumber("clamp_min", "torch.clamp_min(x, y)"));
    ALL.add(realNumber("clamp_max", "torch.clamp_max(x, y)"));

    for (String same : List.of("neg", "abs", "sign", "floor", "ceil", "round", "square", "relu")) {
      ALL.add(
          Op.of(
              same,
              "x: Tensor",
              "torch." + same + "(x)",
              in -> new Meta(in.dims(0), DTypes.number(same, in.dtype(0)))));
    }
    for (String real :
        List.of(
            "exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh", "sigmoid", "erf", "reciprocal")) {
      ALL.add(
          Op.of(
              real,
              "x: Tensor",
              "torch." + real + "(x)",
              in -> new Meta(in.dims(0), DTypes.real(in.dtype(0)))));
    }
    ALL.add(floating("silu", "torch.silu(x)"));
    ALL.add(floating("gelu", "torch.gelu(x, approximate=\"none\")"));
    ALL.add(floating("gelu_tanh", "torch.gelu(x, approximate=\"tanh\")"));
    ALL.add(
        Op.of(
            "cast",
            "x: Tensor, dtype: str",
            """
            code = 6
            if dtype == "FLOAT64":
              code = 7
            if dtype == "FLOAT16":
              code = 5
            if dtype == "BFLOAT16":
              code = 15
            if dtype == "INT64":
              code = 4
            if dtype == "INT32":
              code = 3
            if dtype == "BOOL":
              code = 11
            return torch.to(x, code)""",
            in -> new Meta(in.dims(0), DTypes.named(in.text(1)))));
  }

  private Arithmetic() {}

  private static void pair(String name, String kernel) {
    ALL.add(
        Op.of(
            name,
            "x: Tensor, y: Tensor",
            kernel,
            in -> {
              notOfTruth(name, in.dtype(0));
              notOfTruth(name, in.dtype(1));
              return new Meta(
                  Rules.broadcast(in.dims(0), in.dims(1)),
                  DTypes.number(name, DTypes.promote(in.meta(0), in.meta(1))));
            }));
  }

  /** Two operations: a whole number keeps whole numbers whole, a real one does not. */
  private static void withNumber(String name, String kernel) {
    ALL.add(
        Op.of(
            name + "_real",
            "x: Tensor, y: float",
            kernel,
            in -> {
              notOfTruth(name, in.dtype(0));
              return new Meta(in.dims(0), DTypes.real(in.dtype(0)));
            }));
    ALL.add(
        Op.of(
            name + "_int",
            "x: Tensor, y: int",
            kernel,
            in -> {
              notOfTruth(name, in.dtype(0));
              return new Meta(in.dims(0), in.dtype(0) == DType.BOOL ? DType.INT64 : in.dtype(0));
            }));
  }

  /** PyTorch has no differences of truth values. */
  private static void notOfTruth(String name, DType dtype) {
    if (name.endsWith("sub")) {
      DTypes.number(name, dtype);
    }
  }

  private static Op realNumber(String name, String kernel) {
    return Op.of(
        name, "x: Tensor, y: float", kernel, in -> new Meta(in.dims(0), DTypes.real(in.dtype(0))));
  }

  private static Op floating(String name, String kernel) {
    return Op.of(
        name, "x: Tensor", kernel, in -> new Meta(in.dims(0), DTypes.floating(name, in.dtype(0))));
  }
}
