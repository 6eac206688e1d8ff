package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Numbers from a rule instead of from another tensor. */
final class Creations {
  static final List<Op> ALL = new ArrayList<>();

  private static final TypeRule FILLED =
      TypeRule.of(
          "as named; it can hold the number",
          in -> {
            DTypes.holds("full", TypeRule.dtype(in, 2), in.real(1));
            return TypeRule.dtype(in, 2);
          });

  private static final String COUNT =
      "the numbers from begin to end, without end, by a step that is not 0";

  static {
    ALL.add(
        Op.of(
                "full",
                "shape: List[int], value: float, dtype: str",
                ShapeRule.GIVEN,
                FILLED,
                DTypes.CODE
                    + "\nreturn torch.full(shape, value, dtype=code, device=torch.device(place))")
            .by(
                "zeros(shape), zeros(dtype, shape), ones(shape), ones(dtype, shape), full(value, dtype, shape)"));
    ALL.add(
        Op.of(
                "full_like",
                "x: Tensor, value: float",
                ShapeRule.SAME,
                TypeRule.of(
                    "of x; it can hold the number",
                    in -> {
                      DTypes.holds("fullLike", in.dtype(0), in.real(1));
                      return in.dtype(0);
                    }),
                "torch.full_like(torch.detach(x), value)")
            .flat()
            .by("zerosLike(), onesLike(), fullLike(value)"));
    ALL.add(
        Op.of(
                "arange",
                "begin: int, end: int, step: int",
                ShapeRule.of(COUNT, in -> counted(in.integer(0), in.integer(1), in.integer(2))),
                TypeRule.INDEX,
                "torch.arange(begin, end, step, dtype=4, device=torch.device(place))")
            .by("arange(end), arange(begin, end, step)"));
    ALL.add(
        Op.of(
                "linspace",
                "begin: float, end: float, count: int, dtype: str",
                ShapeRule.of("[count]", in -> ShapeRule.given(new long[] {in.integer(2)})),
                TypeRule.named(3),
                DTypes.CODE
                    + "\nreturn torch.to(torch.linspace(begin, end, count, dtype=7, device=torch.device(place)), code)")
            .by("linspace(begin, end, count), linspace(begin, end, count, dtype)"));
    ALL.add(
        Op.of(
                "eye",
                "rows: int, columns: int, dtype: str",
                ShapeRule.of(
                    "[rows, columns]",
                    in -> ShapeRule.given(new long[] {in.integer(0), in.integer(1)})),
                TypeRule.of("as named", in -> TypeRule.dtype(in, 2)),
                DTypes.CODE
                    + "\nreturn torch.eye(rows, columns, dtype=code, device=torch.device(place))")
            .by("eye(size), eye(size, dtype), eye(rows, columns, dtype)"));
  }

  private Creations() {}

  private static Dims counted(long begin, long end, long step) {
    if (step == 0 || (step > 0 ? begin > end : begin < end)) {
      throw new ShapeException(
          "arange from %s to %s needs a step towards the end that is not 0, found %s"
              .formatted(begin, end, step));
    }
    try {
      long distance = Math.subtractExact(end, begin);
      long count = distance / step + (distance % step == 0 ? 0 : 1);
      return Dims.of(Dim.of(count));
    } catch (ArithmeticException e) {
      throw new ShapeException(
          "arange from %s to %s has more elements than can be counted".formatted(begin, end));
    }
  }
}
