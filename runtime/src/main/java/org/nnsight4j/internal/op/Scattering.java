package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Reads and writes elements by an index or a mask. */
final class Scattering {
  static final List<Op> ALL = new ArrayList<>();

  private static final TypeRule BY_INDEX =
      TypeRule.of(
          "of x; the index is INT64",
          in -> {
            DTypes.whole("an index", in.dtype(2));
            return in.dtype(0);
          });

  private static final TypeRule WITH_SOURCE =
      TypeRule.of(
          "of x and the source, equal; the index is INT64",
          in -> {
            DTypes.whole("an index", in.dtype(2));
            return DTypes.equal(in.dtype(0), in.dtype(3));
          });

  private static final TypeRule SUMMED_SOURCE =
      TypeRule.of(
          "of x and the source, equal, numbers; the index is INT64",
          in -> DTypes.number("this operation", WITH_SOURCE.function().apply(in)));

  private static final TypeRule WITH_NUMBER =
      TypeRule.of(
          "of x, which can hold the number; the index is INT64",
          in -> {
            DTypes.whole("an index", in.dtype(2));
            DTypes.holds("the value", in.dtype(0), in.real(3));
            return in.dtype(0);
          });

  private static final ShapeRule SCATTERED =
      ShapeRule.of(
          "of x; the index is nowhere longer, except along the axis",
          in -> {
            inside("scatter", in.dims(2), in.dims(0), in.dims(0).axis(in.integer(1)));
            return in.dims(0);
          });

  private static final ShapeRule SCATTERED_SOURCE =
      ShapeRule.of(
          SCATTERED.text() + ", and nowhere longer than the source",
          in -> {
            inside("the source", in.dims(2), in.dims(3), -1);
            return SCATTERED.function().apply(in);
          });

  private static final ShapeRule LISTED =
      ShapeRule.of(
          "of x; the index has one axis",
          in -> {
            listed(in.dims(2));
            in.dims(0).axis(in.integer(1));
            return in.dims(0);
          });

  private static final ShapeRule LISTED_SOURCE =
      ShapeRule.of(
          "of x; the source is x with the index in place of the axis",
          in -> {
            int axis = in.dims(0).axis(in.integer(1));
            Rules.same(in.dims(0).with(axis, listed(in.dims(2))), in.dims(3), "the source");
            return in.dims(0);
          });

  /** PyTorch's gradient of a source that is longer than the index has the wrong shape. */
  private static final String CUT =
      """
      part = source
      for i in range(torch.dim(index)):
        part = torch.narrow(part, i, 0, torch.size(index, i))
      """;

  static {
    String index = "x: Tensor, axis: int, index: Tensor";
    ALL.add(
        Op.of(
                "index_select",
                index,
                ShapeRule.of(
                    "x with the index in place of the axis",
                    in ->
                        in.dims(0)
                            .with(in.dims(0).axis(in.integer(1)), unnamed(listed(in.dims(2))))),
                BY_INDEX,
                "torch.index_select(x, axis, index)")
            .by("take(axis, index)"));
    ALL.add(
        Op.of(
                "gather",
                index,
                ShapeRule.of(
                    "of the index, nowhere longer than x, except along the axis",
                    in -> {
                      inside("gather", in.dims(2), in.dims(0), in.dims(0).axis(in.integer(1)));
                      return in.dims(2);
                    }),
                BY_INDEX,
                "torch.gather(x, axis, index)")
            .by("gather(axis, index)"));
    ALL.add(
        Op.of(
                "take_along_dim",
                index,
                ShapeRule.of(
                    "x and the index broadcast, except along the axis, which is the index's",
                    Scattering::takenAlong),
                BY_INDEX,
                "torch.take_along_dim(x, index, axis)")
            .by("takeAlong(axis, index)"));
    add(
        "scatter",
        index + ", source: Tensor",
        SCATTERED_SOURCE,
        WITH_SOURCE,
        CUT + "return torch.scatter(x, axis, index, part)",
        "scatter(axis, index, source)");
    add(
        "scatter_real",
        index + ", value: float",
        SCATTERED,
        WITH_NUMBER,
        "torch.scatter(x, axis, index, value)",
        "scatter(axis, index, 0.5)");
    add(
        "scatter_add",
        index + ", source: Tensor",
        SCATTERED_SOURCE,
        SUMMED_SOURCE,
        CUT + "return torch.scatter_add(x, axis, index, part)",
        "scatterAdd(axis, index, source)");
    add(
        "index_add",
        index + ", source: Tensor",
        LISTED_SOURCE,
        SUMMED_SOURCE,
        "torch.index_add(x, axis, index, source)",
        "indexAdd(axis, index, source)");
    add(
        "index_copy",
        index + ", source: Tensor",
        LISTED_SOURCE,
        WITH_SOURCE,
        "torch.index_copy(x, axis, index, source)",
        "indexCopy(axis, index, source)");
    add(
        "index_fill",
        index + ", value: float",
        LISTED,
        WITH_NUMBER,
        "torch.index_fill(x, axis, index, value)",
        "indexFill(axis, index, 0.5)");
    ALL.add(
        Op.of(
                "masked_fill",
                "x: Tensor, mask: Tensor, value: float",
                ShapeRule.PAIR,
                TypeRule.of(
                    "of x, which can hold the number; the mask is BOOL",
                    in -> {
                      DTypes.truth("maskedFill", in.dtype(1));
                      DTypes.holds("the value", in.dtype(0), in.real(2));
                      return in.dtype(0);
                    }),
                "torch.masked_fill(x, mask, value)")
            .by("maskedFill(mask, value)"));
    ALL.add(
        Op.of(
                "one_hot",
                "x: Tensor, classes: int",
                ShapeRule.of(
                    "x with an axis of the classes last",
                    in -> {
                      if (in.integer(1) < 1) {
                        throw new ShapeException(
                            "oneHot needs a class at least, found " + in.integer(1));
                      }
                      return in.dims(0).inserted(in.dims(0).rank(), Dim.of(in.integer(1)));
                    }),
                TypeRule.whole(
                    "INT64; x is INT64",
                    in -> {
                      DTypes.whole("oneHot", in.dtype(0));
                      return DType.INT64;
                    }),
                "torch.one_hot(x, classes)")
            .by("oneHot(classes)"));
    for (String name : List.of("tril", "triu")) {
      ALL.add(
          Op.of(
                  name,
                  "x: Tensor, diagonal: int",
                  ShapeRule.of(
                      "of x, matrices",
                      in -> {
                        LinearAlgebra.head(in.dims(0), 2);
                        return in.dims(0);
                      }),
                  TypeRule.SAME,
                  "torch." + name + "(x, diagonal)")
              .by(name + "(diagonal)"));
    }
  }

  private Scattering() {}

  private static void add(
      String name, String signature, ShapeRule shape, TypeRule type, String kernel, String method) {
    ALL.add(Op.of(name, signature, shape, type, kernel).by(method));
  }

  /** A list of indices has one axis. */
  private static Dim listed(Dims index) {
    if (index.rank() != 1) {
      throw new ShapeException(
          "a list of indices has one axis, found the shape %s; gather and scatter take more"
              .formatted(index));
    }
    return index.get(0);
  }

  private static Dim unnamed(Dim dim) {
    return new Dim(dim.size(), null, dim.most());
  }

  /**
   * An index has as many axes as the tensor that it points into, and is not longer, except along
   * one axis.
   */
  private static void inside(String op, Dims index, Dims whole, int axis) {
    if (index.rank() != whole.rank()) {
      throw new ShapeException(
          "%s needs an index of the same rank, found %s for %s".formatted(op, index, whole));
    }
    for (int i = 0; i < index.rank(); i++) {
      boolean known = index.get(i).isKnown() && whole.get(i).isKnown();
      if (i != axis && known && index.get(i).size() > whole.get(i).size()) {
        throw new ShapeException(
            "%s: the index %s is longer than %s along axis %s".formatted(op, index, whole, i));
      }
    }
  }

  private static Dims takenAlong(OpInputs in) {
    Dims x = in.dims(0);
    Dims index = in.dims(2);
    int axis = x.axis(in.integer(1));
    if (index.rank() != x.rank()) {
      throw new ShapeException(
          "takeAlong needs an index of the same rank, found %s for %s".formatted(index, x));
    }
    Dims both = Rules.broadcast(x.with(axis, Dim.of(1)), index.with(axis, Dim.of(1)));
    return both.with(axis, unnamed(index.get(axis)));
  }
}
