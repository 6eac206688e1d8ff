package org.nnsight4j.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.Rules;
import org.nnsight4j.tensor.DType;

/** Comparison, logic, and the choice between two values. */
final class Comparisons {
  static final List<Op> ALL = new ArrayList<>();

  static {
    for (String name : List.of("eq", "ne", "lt", "le", "gt", "ge")) {
      String kernel = "torch." + name + "(x, y)";
      ALL.add(pair(name, kernel));
      ALL.add(
          Op.of(
              name + "_real",
              "x: Tensor, y: float",
              kernel,
              in -> new Meta(in.dims(0), DType.BOOL)));
    }
    for (String name : List.of("logical_and", "logical_or", "logical_xor")) {
      ALL.add(pair(name, "torch." + name + "(x, y)"));
    }
    for (String name : List.of("logical_not", "isnan", "isinf")) {
      ALL.add(
          Op.of(
              name, "x: Tensor", "torch." + name + "(x)", in -> new Meta(in.dims(0), DType.BOOL)));
    }
    ALL.add(
        Op.of(
            "where",
            "condition: Tensor, x: Tensor, y: Tensor",
            "torch.where(condition, x, y)",
            in -> {
              DTypes.truth("where", in.dtype(0));
              return new Meta(
                  Rules.broadcast(in.dims(0), Rules.broadcast(in.dims(1), in.dims(2))),
                  DTypes.promote(in.meta(1), in.meta(2)));
            }));
  }

  private Comparisons() {}

  private static Op pair(String name, String kernel) {
    return Op.of(
        name,
        "x: Tensor, y: Tensor",
        kernel,
        in -> new Meta(Rules.broadcast(in.dims(0), in.dims(1)), DType.BOOL));
  }
}
