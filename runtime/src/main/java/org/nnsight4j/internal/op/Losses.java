package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * Losses between prediction and target. Classes are the last axis, even if there are three axes.
 */
final class Losses {
  static final List<Op> ALL = new ArrayList<>();

  private static final List<String> REDUCTIONS = List.of("none", "mean", "sum");

  private static final String REDUCED =
      """
      z = %s
      if reduction == "mean":
        z = torch.mean(z)
      if reduction == "sum":
        z = torch.sum(z)
      return z""";

  private static final String CODE =
      """
      code = 0
      if reduction == "mean":
        code = 1
      if reduction == "sum":
        code = 2
      """;

  private static final String OF_CLASSES =
      CODE
          + """
            flat = torch.reshape(x, [-1, torch.size(x, -1)])
            z = torch.%s
            if reduction == "none":
              z = torch.view_as(z, y)
            return z""";

  private static final TypeRule OF_IDS =
      TypeRule.of(
          "of x, floating; y is INT64",
          in -> {
            DTypes.whole("a target", in.dtype(1));
            return DTypes.floating("a loss", in.dtype(0));
          });

  static {
    classes(
        "cross_entropy",
        "crossEntropy",
        "cross_entropy_loss(flat, torch.reshape(y, [-1]), None, code, ignored)");
    classes(
        "nll",
        "negativeLogLikelihood",
        "nll_loss(flat, torch.reshape(y, [-1]), None, code, ignored)");
    pair("mse", "", "squaredError(value, reduction)", "torch.square(torch.sub(x, y))");
    pair("l1", "", "absoluteError(value, reduction)", "torch.abs(torch.sub(x, y))");
    pair(
        "smooth_l1",
        "beta: float, ",
        "smoothL1(value, beta, reduction)",
        "torch.smooth_l1_loss(x, y, 0, beta)");
    pair(
        "huber",
        "delta: float, ",
        "huber(value, delta, reduction)",
        "torch.huber_loss(x, y, 0, delta)");
    pair(
        "bce_with_logits",
        "",
        "binaryCrossEntropy(value, reduction)",
        "torch.binary_cross_entropy_with_logits(x, y, None, None, 0)");
    pair(
        "kl_div",
        "logarithms: bool, ",
        "klDivergence(value, reduction), klDivergenceLog(value, reduction)",
        "torch.kl_div(x, y, 0, log_target=logarithms)");
  }

  private Losses() {}

  private static void classes(String name, String method, String kernel) {
    ALL.add(
        Op.of(
                name,
                "x: Tensor, y: Tensor, reduction: str, ignored: int",
                ShapeRule.of(
                    "one number; y, which is x without the last axis, of 'none'",
                    in -> {
                      Dims x = in.dims(0);
                      Dim classes = x.get(x.axis(-1));
                      if (classes.size() == 0) {
                        throw new ShapeException("there are no classes in the shape " + x);
                      }
                      Rules.same(x.without(-1), in.dims(1), "the target");
                      return reduced(in.text(2), in.dims(1));
                    }),
                OF_IDS,
                OF_CLASSES.formatted(kernel))
            .by(method + "(ids, reduction)"));
  }

  private static void pair(String name, String more, String method, String kernel) {
    int reduction = more.isEmpty() ? 2 : 3;
    ALL.add(
        Op.of(
                name,
                "x: Tensor, y: Tensor, " + more + "reduction: str",
                ShapeRule.of(
                    "one number; that of x and y, equal, of 'none'",
                    in -> {
                      Rules.same(in.dims(0), in.dims(1), "the target");
                      return reduced(
                          in.text(reduction), in.dims(0).isKnown() ? in.dims(0) : in.dims(1));
                    }),
                name.endsWith("l1") && more.startsWith("beta") || name.equals("huber")
                    ? positive(name)
                    : TypeRule.BOTH_FLOATING,
                REDUCED.formatted(kernel))
            .by(method));
  }

  private static TypeRule positive(String name) {
    return TypeRule.of(
        TypeRule.BOTH_FLOATING.text() + "; the bound is positive",
        in -> {
          if (!(in.real(2) > 0)) {
            throw new ShapeException(
                "%s needs a positive bound, found %s".formatted(name, in.real(2)));
          }
          return TypeRule.BOTH_FLOATING.function().apply(in);
        });
  }

  private static Dims reduced(String reduction, Dims dims) {
    if (!REDUCTIONS.contains(reduction)) {
      throw new ShapeException(
          "'%s' is no reduction of a loss; there are %s".formatted(reduction, REDUCTIONS));
    }
    return reduction.equals("none") ? dims : Dims.SCALAR;
  }
}
