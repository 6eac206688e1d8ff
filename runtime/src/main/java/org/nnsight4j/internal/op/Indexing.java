package org.nnsight4j.internal.op;

import java.util.List;
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Reads a part of a tensor, or copies a tensor with a part replaced. */
final class Indexing {
  private static final String WALK =
      """
      part = x
      %s
      axis = 0
      for i in range(torch.floordiv(torch.len(codes), 4)):
        kind = codes[4 * i]
        if kind == 0:
          part = torch.select(part, axis, codes[4 * i + 1])
        else:
          if kind == 1:
            part = torch.slice(part, axis, codes[4 * i + 1], codes[4 * i + 2], codes[4 * i + 3])
          else:
            part = torch.unsqueeze(part, axis)
          axis = axis + 1
      %s""";

  private static final String PER_ROW =
      """
      shape = annotate(List[int], [])
      for i in range(torch.dim(x)):
        if i == 0:
          shape = torch.add(shape, [torch.size(x, 0)])
        else:
          shape = torch.add(shape, [1])
      %s""";

  private static final ShapeRule ONE_PER_ROW =
      ShapeRule.of("x without the axis", in -> in.dims(0).without(in.dims(0).axis(in.integer(2))));

  static final List<Op> ALL =
      List.of(
          Op.of(
                  "get",
                  "x: Tensor, codes: List[int]",
                  ShapeRule.of("as indexed", in -> SliceCodes.apply(in.dims(0), in.integers(1))),
                  TypeRule.SAME,
                  WALK.formatted("", "return part"))
              .by("get(index)"),
          Op.of(
                  "put",
                  "x: Tensor, codes: List[int], value: Tensor",
                  ShapeRule.of(
                      "of x; the value broadcasts to the part",
                      in -> {
                        Dims part = SliceCodes.apply(in.dims(0), in.integers(1));
                        Assignability.check(new Meta(part, in.dtype(0)), in.meta(2));
                        return in.dims(0);
                      }),
                  TypeRule.SAME,
                  WALK.formatted(
                      "copy = torch.clone(x)\npart = copy",
                      "done = torch.copy_(part, value)\nreturn copy"))
              .by("get(index).set(value)"),
          // One position for each row: index is [batch].
          Op.of(
                  "at",
                  "x: Tensor, index: Tensor, axis: int",
                  ONE_PER_ROW,
                  TypeRule.of("of x; the index is INT64", in -> indexed(in, 1)),
                  PER_ROW.formatted(
                      "return torch.squeeze(torch.take_along_dim(x, torch.reshape(index, shape), axis), axis)"))
              .by("at(position)"),
          Op.of(
                  "put_at",
                  "x: Tensor, index: Tensor, axis: int, value: Tensor",
                  ShapeRule.of(
                      "of x; the value broadcasts to the part",
                      in -> {
                        Dims part = in.dims(0).without(in.dims(0).axis(in.integer(2)));
                        Assignability.check(new Meta(part, in.dtype(0)), in.meta(3));
                        return in.dims(0);
                      }),
                  TypeRule.SAME,
                  PER_ROW.formatted(
                      """
                      part = torch.take_along_dim(x, torch.reshape(index, shape), axis)
                      full = torch.unsqueeze(torch.expand_as(value, torch.squeeze(part, axis)), axis)
                      where = torch.expand_as(torch.reshape(index, shape), part)
                      return torch.scatter(x, axis, where, torch.to(full, x))"""))
              .by("at(position).set(value)"));

  private Indexing() {}

  private static DType indexed(OpInputs in, int place) {
    DTypes.whole("an index", in.dtype(place));
    return in.dtype(0);
  }
}
