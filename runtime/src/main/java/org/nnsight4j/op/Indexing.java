package org.nnsight4j.op;

import java.util.List;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.ShapeException;
import org.nnsight4j.shape.SliceCodes;

/** Reading a part of a tensor, and a copy of a tensor with a part replaced. */
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

  static final List<Op> ALL =
      List.of(
          Op.of(
              "get",
              "x: Tensor, codes: List[int]",
              WALK.formatted("", "return part"),
              in -> new Meta(SliceCodes.apply(in.dims(0), in.integers(1)), in.dtype(0))),
          Op.of(
              "put",
              "x: Tensor, codes: List[int], value: Tensor",
              WALK.formatted(
                  "copy = torch.clone(x)\npart = copy",
                  "done = torch.copy_(part, value)\nreturn copy"),
              in -> {
                Dims part = SliceCodes.apply(in.dims(0), in.integers(1));
                Fit.check(new Meta(part, in.dtype(0)), in.meta(2));
                return in.meta(0);
              }),
          // One position for each row: index is [batch].
          Op.of(
              "at",
              "x: Tensor, index: Tensor, axis: int",
              PER_ROW.formatted(
                  "return torch.squeeze(torch.take_along_dim(x, torch.reshape(index, shape), axis), axis)"),
              in -> {
                DTypes.whole("at", in.dtype(1));
                return new Meta(in.dims(0).without((int) in.integer(2)), in.dtype(0));
              }),
          Op.of(
              "put_at",
              "x: Tensor, index: Tensor, axis: int, value: Tensor",
              PER_ROW.formatted(
                  """
                  part = torch.take_along_dim(x, torch.reshape(index, shape), axis)
                  full = torch.unsqueeze(torch.expand_as(value, torch.squeeze(part, axis)), axis)
                  where = torch.expand_as(torch.reshape(index, shape), part)
                  return torch.scatter(x, axis, where, torch.to(full, x))"""),
              in -> {
                Dims part = in.dims(0).without((int) in.integer(2));
                Fit.check(new Meta(part, in.dtype(0)), in.meta(3));
                return in.meta(0);
              }),
          Op.of(
              "index_select",
              "x: Tensor, axis: int, index: Tensor",
              "torch.index_select(x, axis, index)",
              in -> {
                DTypes.whole("take", in.dtype(2));
                if (in.dims(2).rank() != 1) {
                  throw new ShapeException(
                      "take needs a list of indices, found the shape " + in.dims(2));
                }
                int axis = in.dims(0).axis(in.integer(1));
                return new Meta(
                    in.dims(0).with(axis, Dim.of(in.dims(2).get(0).size())), in.dtype(0));
              }),
          Op.of(
              "gather",
              "x: Tensor, axis: int, index: Tensor",
              "torch.gather(x, axis, index)",
              in -> {
                DTypes.whole("gather", in.dtype(2));
                in.dims(0).axis(in.integer(1));
                if (in.dims(0).rank() != in.dims(2).rank()) {
                  throw new ShapeException(
                      "gather needs an index of the same rank, found %s for %s"
                          .formatted(in.dims(2), in.dims(0)));
                }
                return new Meta(in.dims(2), in.dtype(0));
              }));

  private Indexing() {}
}
