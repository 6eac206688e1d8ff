package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Dim;

/** Activation functions, and functions along an axis that turn numbers into weights. */
final class Activations {
  static final List<Op> ALL = new ArrayList<>();

  private static final ShapeRule HALVED =
      ShapeRule.of(
          "x with half of the axis, whose length is even",
          in -> {
            int axis = in.dims(0).axis(in.integer(1));
            Dim dim = in.dims(0).get(axis);
            if (dim.isKnown() && dim.size() % 2 != 0) {
              throw new ShapeException(
                  "axis %s of %s has not two halves: its length is odd"
                      .formatted(in.integer(1), in.dims(0)));
            }
            return in.dims(0)
                .with(axis, dim.isKnown() ? Dim.of(dim.size() / 2) : Dim.upTo(dim.most() / 2));
          });

  static {
    ALL.add(Op.one("relu", TypeRule.NUMBER, "torch.relu(x)").by("relu()"));
    floating("relu6", "relu6()", "torch.clamp(x, 0, 6)");
    floating("silu", "silu()", "torch.silu(x)");
    floating("gelu", "gelu()", "torch.gelu(x, approximate=\"none\")");
    floating("gelu_tanh", "geluTanh()", "torch.gelu(x, approximate=\"tanh\")");
    floating("quick_gelu", "quickGelu()", "torch.mul(x, torch.sigmoid(torch.mul(x, 1.702)))");
    floating("mish", "mish()", "torch.mish(x)");
    floating("selu", "selu()", "torch.selu(x)");
    floating("hardswish", "hardSwish()", "torch.hardswish(x)");
    floating("hardsigmoid", "hardSigmoid()", "torch.hardsigmoid(x)");
    floating("tanhshrink", "tanhShrink()", "torch.sub(x, torch.tanh(x))");
    floating("softsign", "softSign()", "torch.div(x, torch.add(torch.abs(x), 1))");
    floating("log_sigmoid", "logSigmoid()", "torch.log_sigmoid(x)");
    tuned("leaky_relu", "slope: float", "leakyRelu(0.01)", "torch.leaky_relu(x, slope)");
    tuned("elu", "alpha: float", "elu(1.0)", "torch.elu(x, alpha, 1, 1)");
    tuned("celu", "alpha: float", "celu(1.0)", "torch.celu(x, alpha)");
    tuned(
        "softplus",
        "beta: float, threshold: float",
        "softPlus()",
        "torch.softplus(x, beta, threshold)");
    tuned("hardtanh", "low: float, high: float", "hardTanh(-1, 1)", "torch.hardtanh(x, low, high)");
    tuned("hardshrink", "bound: float", "hardShrink(0.5)", "torch.hardshrink(x, bound)");
    tuned("softshrink", "bound: float", "softShrink(0.5)", "torch.softshrink(x, bound)");
    tuned(
        "threshold",
        "bound: float, value: float",
        "threshold(bound, value)",
        "torch.threshold(x, bound, value)");
    ALL.add(
        Op.of("glu", "x: Tensor, axis: int", HALVED, TypeRule.FLOATING, "torch.glu(x, axis)")
            .by("glu(axis)"));
    along("softmax", "softmax(axis)", "torch.softmax(x, axis)");
    along("log_softmax", "logSoftmax(axis)", "torch.log_softmax(x, axis)");
    along("softmin", "softMin(axis)", "torch.softmax(torch.neg(x), axis)");
  }

  private Activations() {}

  private static void floating(String name, String method, String kernel) {
    ALL.add(Op.one(name, TypeRule.FLOATING, kernel).by(method));
  }

  private static void tuned(String name, String more, String method, String kernel) {
    ALL.add(
        Op.of(name, "x: Tensor, " + more, ShapeRule.SAME, TypeRule.FLOATING, kernel).by(method));
  }

  private static void along(String name, String method, String kernel) {
    ALL.add(
        Op.of(name, "x: Tensor, axis: int", ShapeRule.ALONG, TypeRule.FLOATING, kernel).by(method));
  }
}
