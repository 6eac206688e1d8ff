package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Products of vectors and matrices, and distances between vectors. */
final class LinearAlgebra {
  static final List<Op> ALL = new ArrayList<>();

  private static final TypeRule BOTH_NUMBERS =
      TypeRule.of(
          "of x and y, equal, numbers",
          in -> DTypes.number("this operation", DTypes.equal(in.dtype(0), in.dtype(1))));

  static {
    ALL.add(
        Op.of(
                "matmul",
                "x: Tensor, y: Tensor",
                ShapeRule.of("NumPy's matrix product", in -> Rules.matMul(in.dims(0), in.dims(1))),
                BOTH_NUMBERS,
                "torch.matmul(x, y)")
            .by("matMul(value)")
            .costs(Cost.PRODUCT)
            .needs(Scratch.PRODUCT));
    ALL.add(
        Op.of(
                "einsum",
                "parts: List[Tensor], equation: str",
                ShapeRule.of(
                    "as the equation says; no ...",
                    in -> Einsum.shape(in.text(1), ShapeRule.dims(in.metas(0)))),
                TypeRule.of(
                    "of all parts, equal, numbers",
                    in -> DTypes.number("einsum", DTypes.common("einsum", in.metas(0)))),
                "torch.einsum(equation, parts)")
            .by("einsum(equation, values)")
            .costs(Cost.of("2 for each product, from left to right", Einsum::cost))
            .needs(Scratch.of(Einsum::scratch)));
    ALL.add(
        Op.of(
                "outer",
                "x: Tensor, y: Tensor",
                ShapeRule.of(
                    "[x, y], of one axis each",
                    in -> Dims.of(vector(in.dims(0)), vector(in.dims(1)))),
                BOTH_NUMBERS,
                "torch.outer(x, y)")
            .by("outer(value)"));
    ALL.add(
        Op.of(
                "dot",
                "x: Tensor, y: Tensor",
                ShapeRule.of(
                    "one number; x and y have one axis, equally long",
                    in -> {
                      vector(in.dims(0));
                      Rules.same(in.dims(0), in.dims(1), "dot");
                      return Dims.SCALAR;
                    }),
                BOTH_NUMBERS,
                "torch.dot(x, y)")
            .by("dot(value)"));
    ALL.add(
        Op.of(
                "cross",
                "x: Tensor, y: Tensor, axis: int",
                ShapeRule.of("x and y broadcast; the axis has length 3", LinearAlgebra::cross),
                BOTH_NUMBERS,
                "torch.linalg_cross(x, y, dim=axis)")
            .by("cross(value, axis)"));
    ALL.add(
        Op.of(
                "cosine_similarity",
                "x: Tensor, y: Tensor, axis: int, eps: float",
                ShapeRule.of(
                    "x and y broadcast, without the axis",
                    in -> {
                      Dims both = Rules.broadcast(in.dims(0), in.dims(1));
                      return both.without(both.axis(in.integer(2)));
                    }),
                TypeRule.BOTH_FLOATING,
                "torch.cosine_similarity(x, y, axis, eps)")
            .by("cosineSimilarity(value, axis)")
            .costs(Cost.pairs(2, 6))
            .needs(
                Scratch.of(
                    in ->
                        Scratch.numbers(
                            in.elements()
                                + 6 * in.result() * in.pairLength((int) in.integer(2))))));
    // Mode 2: always the differences themselves; the product form loses small distances.
    ALL.add(
        Op.of(
                "cdist",
                "x: Tensor, y: Tensor, p: float",
                ShapeRule.of("[..., rows of x, rows of y]", LinearAlgebra::distances),
                TypeRule.of(
                    "of x and y, equal, FLOAT32 or FLOAT64; p is from 0",
                    in -> {
                      if (!(in.real(2) >= 0)) {
                        throw new ShapeException("a distance needs p from 0, found " + in.real(2));
                      }
                      return TypeRule.BOTH_WIDE.function().apply(in);
                    }),
                "torch.cdist(x, y, p, 2)")
            .by("cdist(value, p)")
            .costs(
                Cost.of(
                    "3 for each pair of rows and element",
                    in -> in.elements() + 3 * in.result() * in.length(0, -1))));
    ALL.add(
        Op.of(
                "trace",
                "x: Tensor",
                ShapeRule.of("x without the last two axes", in -> head(in.dims(0), 2)),
                TypeRule.SUMMED,
                "torch.sum(torch.diagonal(x, 0, -2, -1), [-1], False)")
            .by("trace()"));
    ALL.add(
        Op.of(
                "diagonal",
                "x: Tensor, offset: int, first: int, second: int",
                ShapeRule.of(
                    "x without the two axes, and the diagonal last", LinearAlgebra::diagonal),
                TypeRule.SAME,
                "torch.diagonal(x, offset, first, second)")
            .by("diagonal(offset, first, second)"));
    ALL.add(
        Op.of(
                "diag_embed",
                "x: Tensor",
                ShapeRule.of(
                    "x with its last axis twice",
                    in -> {
                      Dim last = in.dims(0).get(in.dims(0).axis(-1));
                      return in.dims(0).inserted(in.dims(0).rank(), last);
                    }),
                TypeRule.SAME,
                "torch.diag_embed(x)")
            .by("diagEmbed()"));
  }

  private LinearAlgebra() {}

  private static Dim vector(Dims dims) {
    if (dims.rank() != 1) {
      throw new ShapeException(
          "a vector has one axis, found the shape %s; reshape(-1) makes one".formatted(dims));
    }
    return dims.get(0);
  }

  /** All axes except the last ones, of which there must be that many. */
  static Dims head(Dims dims, int last) {
    if (dims.rank() < last) {
      throw new ShapeException(
          "a matrix has %s axes at least, found the shape %s".formatted(last, dims));
    }
    return new Dims(dims.axes().subList(0, dims.rank() - last));
  }

  private static Dims cross(OpInputs in) {
    Dims both = Rules.broadcast(in.dims(0), in.dims(1));
    if (in.dims(0).rank() != in.dims(1).rank()) {
      throw new ShapeException(
          "a cross product needs as many axes on both sides, found %s and %s"
              .formatted(in.dims(0), in.dims(1)));
    }
    int axis = both.axis(in.integer(2));
    for (int i = 0; i < 2; i++) {
      Dim dim = in.dims(i).get(axis);
      if (dim.isKnown() && dim.size() != 3) {
        throw new ShapeException(
            "a cross product is of vectors of length 3, axis %s of %s is not"
                .formatted(axis, in.dims(i)));
      }
    }
    return both;
  }

  private static Dims distances(OpInputs in) {
    Dims left = in.dims(0);
    Dims right = in.dims(1);
    Dims batch = Rules.broadcast(head(left, 2), head(right, 2));
    Rules.same(Dims.of(left.get(-1)), Dims.of(right.get(-1)), "the distance of vectors");
    return batch.inserted(batch.rank(), left.get(-2)).inserted(batch.rank() + 1, right.get(-2));
  }

  private static Dims diagonal(OpInputs in) {
    Dims dims = in.dims(0);
    int first = dims.axis(in.integer(2));
    int second = dims.axis(in.integer(3));
    if (first == second) {
      throw new ShapeException(
          "a diagonal is of two axes, found axis %s twice for %s".formatted(first, dims));
    }
    long offset = in.integer(1);
    Dim rows = dims.get(first);
    Dim columns = dims.get(second);
    Dim size = Dim.upTo(Math.min(rows.most(), columns.most()));
    if (rows.isKnown() && columns.isKnown()) {
      if (offset > columns.size() || offset < -rows.size()) {
        throw new ShapeException(
            "the offset %s of a diagonal leaves the shape %s".formatted(offset, dims));
      }
      size =
          Dim.of(
              offset >= 0
                  ? Math.min(rows.size(), columns.size() - offset)
                  : Math.min(rows.size() + offset, columns.size()));
    }
    Dims rest = dims.without(Math.max(first, second)).without(Math.min(first, second));
    return rest.inserted(rest.rank(), size);
  }
}
