package org.nnsight4j.internal.op;

import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dims;

/**
 * What is computed of each row's own tokens: {@code first} and {@code last} are {@code [batch]},
 * the places of a row's first and last token along an axis; the other places are padding.
 */
final class Tokens {
  private static final String OWN =
      """
      rows = annotate(List[int], [])
      along = annotate(List[int], [])
      for i in range(torch.dim(x)):
        if i == 0:
          rows = torch.add(rows, [torch.size(x, 0)])
        else:
          rows = torch.add(rows, [1])
        if i == axis:
          along = torch.add(along, [torch.size(x, axis)])
        else:
          along = torch.add(along, [1])
      count = torch.size(x, axis)
      places = torch.reshape(torch.arange(0, count, 1, dtype=4, device=torch.device(place)), along)
      early = torch.lt(places, torch.reshape(first, rows))
      late = torch.gt(places, torch.reshape(last, rows))
      padding = torch.logical_or(early, late)
      """;

  static final List<Op> ALL =
      List.of(
          Op.of(
                  "fill_padding",
                  "x: Tensor, first: Tensor, last: Tensor, axis: int, value: float",
                  ShapeRule.of("of x; first and last are [batch]", Tokens::whole),
                  TypeRule.of(
                      "of x; it can hold the number",
                      in -> {
                        places(in);
                        DTypes.holds("fillPadding", in.dtype(0), in.real(4));
                        return in.dtype(0);
                      }),
                  OWN + "return torch.masked_fill(x, padding, value)")
              .by("fillPadding(0.5), sumOverTokens(), maxOverTokens(), minOverTokens()"),
          Op.of(
                  "mean_tokens",
                  "x: Tensor, first: Tensor, last: Tensor, axis: int",
                  ShapeRule.of(
                      "x without the axis; first and last are [batch]",
                      in -> whole(in).without((int) in.integer(3))),
                  TypeRule.of(
                      "of x, floating",
                      in -> {
                        places(in);
                        return DTypes.floating("meanOverTokens", in.dtype(0));
                      }),
                  // In FP32 as PyTorch's mean, which rounds once.
                  OWN
                      + """
                        own = torch.masked_fill(x, padding, 0)
                        if ops.prim.dtype(x) == 5 or ops.prim.dtype(x) == 15:
                          own = torch.to(own, 6)
                        total = torch.sum(own, [axis], True)
                        counted = torch.reshape(torch.add(torch.sub(last, first), 1), rows)
                        return torch.to(torch.squeeze(torch.div(total, counted), axis), ops.prim.dtype(x))""")
              .by("meanOverTokens()"));

  private Tokens() {}

  private static void places(OpInputs in) {
    DTypes.whole("the place of a token", in.dtype(1));
    DTypes.whole("the place of a token", in.dtype(2));
  }

  private static Dims whole(OpInputs in) {
    Dims dims = in.dims(0);
    if (in.integer(3) < 1 || in.integer(3) >= dims.rank()) {
      throw new ShapeException(
          "tokens are along an axis after the rows, found axis %s of %s"
              .formatted(in.integer(3), dims));
    }
    Dims rows = Dims.of(dims.get(0));
    Rules.same(rows, in.dims(1), "the first tokens' places");
    Rules.same(rows, in.dims(2), "the last tokens' places");
    return dims;
  }
}
