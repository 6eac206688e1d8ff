package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Normalisation over the last axis, with and without weights. */
final class Normalizations {
  static final List<Op> ALL = new ArrayList<>();

  static {
    add(
        0,
        "layer_norm",
        "layerNorm(eps)",
        "layer_norm(x, [torch.size(x, -1)], None, None, eps, False)");
    add(
        2,
        "layer_norm_affine",
        "layerNorm(weight, bias, eps)",
        "layer_norm(x, [torch.size(x, -1)], weight, bias, eps, False)");
    add(0, "rms_norm", "rmsNorm(eps)", "rms_norm(x, [torch.size(x, -1)], None, eps)");
    add(
        1,
        "rms_norm_weighted",
        "rmsNorm(weight, eps)",
        "rms_norm(x, [torch.size(x, -1)], weight, eps)");
  }

  private Normalizations() {}

  private static void add(int weights, String name, String method, String kernel) {
    String more =
        weights == 0 ? "" : weights == 1 ? "weight: Tensor, " : "weight: Tensor, bias: Tensor, ";
    ALL.add(
        Op.of(
                name,
                "x: Tensor, " + more + "eps: float",
                weights == 0
                    ? ShapeRule.of("of x, which has an axis", in -> normalized(in.dims(0)))
                    : ShapeRule.of(
                        "of x; a weight has its last axis alone",
                        in -> {
                          Dims dims = normalized(in.dims(0));
                          for (int i = 1; i <= weights; i++) {
                            Rules.same(Dims.of(dims.get(-1)), in.dims(i), "a weight");
                          }
                          return dims;
                        }),
                weights == 0
                    ? TypeRule.FLOATING
                    : TypeRule.of(
                        "of x and the weights, equal and floating",
                        in -> {
                          for (int i = 1; i <= weights; i++) {
                            DTypes.equal(in.dtype(0), in.dtype(i));
                          }
                          return DTypes.floating("this operation", in.dtype(0));
                        }),
                "torch." + kernel)
            .by(method));
  }

  private static Dims normalized(Dims dims) {
    Dim last = dims.get(dims.axis(-1));
    if (last.size() == 0) {
      throw new ShapeException("the last axis of %s is empty: it has no mean".formatted(dims));
    }
    return dims;
  }
}
