package org.nnsight4j.op;

import java.util.List;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.Rules;
import org.nnsight4j.shape.ShapeException;

/** Products and norms. */
final class LinearAlgebra {
  static final List<Op> ALL =
      List.of(
          Op.of(
              "matmul",
              "x: Tensor, y: Tensor",
              "torch.matmul(x, y)",
              in -> {
                Dims dims = Rules.matMul(in.dims(0), in.dims(1));
                if (in.dtype(0) != in.dtype(1)) {
                  throw new ShapeException(
                      "matMul needs one data type, found %s and %s; cast with toType"
                          .formatted(in.dtype(0), in.dtype(1)));
                }
                return new Meta(dims, DTypes.number("matMul", in.dtype(0)));
              }),
          Op.of(
              "norm",
              "x: Tensor, axes: List[int], keep: bool",
              """
              if torch.len(axes) == 0:
                y = torch.linalg_vector_norm(x, 2., None, keep)
              else:
                y = torch.linalg_vector_norm(x, 2., axes, keep)
              return y""",
              in ->
                  new Meta(
                      Rules.reduce(in.dims(0), in.integers(1), in.flag(2)),
                      DTypes.floating("norm", in.dtype(0)))));

  private LinearAlgebra() {}
}
