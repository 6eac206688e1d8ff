package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;

/**
 * Random numbers that depend only on a seed and the index of the element: the same on every
 * machine, in any order, and without a generator's state (decision 007).
 */
final class Randoms {
  static final List<Op> ALL = new ArrayList<>();

  /** The cost of mixing the bits of one number. */
  private static final Cost COST =
      Cost.of(
          "40 for each element, times the logarithm of how many",
          in -> in.elements() + in.result() * (40 + 2 * Cost.log2(in.result())));

  /**
   * Element i of seed s is mix(mix(s) + (i + 1) gamma), SplitMix64's step and mixing function; all
   * in wrapping integers. {@code count} and {@code here} must be set before; {@code z} is the
   * result.
   */
  private static final String HASH =
      """
      z = torch.full([1], seed, dtype=4, device=here)
      for round in range(2):
        if round == 1:
          steps = torch.add(torch.arange(0, count, 1, dtype=4, device=here), 1)
          z = torch.add(torch.mul(steps, -7046029254386353131), z)
        z = torch.bitwise_xor(z, torch.bitwise_and(torch.bitwise_right_shift(z, 30), 17179869183))
        z = torch.mul(z, -4658895280553007687)
        z = torch.bitwise_xor(z, torch.bitwise_and(torch.bitwise_right_shift(z, 27), 137438953471))
        z = torch.mul(z, -7723592293110705685)
        z = torch.bitwise_xor(z, torch.bitwise_and(torch.bitwise_right_shift(z, 31), 8589934591))
      """;

  /** At least 0 and below 1, from the upper bits that the data type can hold. */
  private static final String UNIFORM =
      HASH
          + """
            if code == 7:
              bits = torch.bitwise_and(torch.bitwise_right_shift(z, 11), 9007199254740991)
              u = torch.mul(torch.to(bits, 7), 1.1102230246251565e-16)
            else:
              bits = torch.bitwise_and(torch.bitwise_right_shift(z, 40), 16777215)
              u = torch.mul(torch.to(bits, 6), 5.9604644775390625e-08)
            """;

  /** The Box-Muller method, with two numbers for each result. */
  private static final String PAIRS = "count = count * 2\n" + HASH;

  private static final String NORMAL =
      """
      bits = torch.bitwise_and(torch.bitwise_right_shift(z, 11), 9007199254740991)
      both = torch.reshape(torch.to(bits, 7), [-1, 2])
      radius = torch.mul(torch.add(torch.select(both, 1, 0), 1.), 1.1102230246251565e-16)
      angle = torch.mul(torch.select(both, 1, 1), 6.975736996017264e-16)
      n = torch.mul(torch.sqrt(torch.mul(torch.log(radius), -2.)), torch.cos(angle))
      """;

  private static final String HERE = "here = torch.device(place)\n";

  private static final String CREATED =
      HERE
          + """
      count = 1
      for i in range(torch.len(shape)):
        count = count * shape[i]
      """;

  private static final String LIKE =
      """
      here = ops.prim.device(x)
      count = torch.numel(x)
      code = 6
      if ops.prim.dtype(x) == 7:
        code = 7
      """;

  private static final TypeRule PROBABLE =
      TypeRule.whole(
          "BOOL; x is floating",
          in -> {
            DTypes.floating("bernoulli", in.dtype(0));
            return DType.BOOL;
          });

  private static final TypeRule DROPPED =
      TypeRule.of(
          "of x, floating; the probability is from 0 to less than 1",
          in -> {
            if (!(in.real(1) >= 0 && in.real(1) < 1)) {
              throw new ShapeException(
                  "dropout needs a probability from 0 to less than 1, found " + in.real(1));
            }
            return DTypes.floating("dropout", in.dtype(0));
          });

  private static final TypeRule BETWEEN =
      TypeRule.whole(
          "INT64; low is less than high",
          in -> {
            if (in.integer(1) >= in.integer(2) || in.integer(2) - in.integer(1) < 0) {
              throw new ShapeException(
                  "randint needs low < high, less than 2^63 apart, found %s and %s"
                      .formatted(in.integer(1), in.integer(2)));
            }
            return DType.INT64;
          });

  private static final TypeRule CHOSEN =
      TypeRule.whole(
          "INT64; x is floating",
          in -> {
            DTypes.floating("categorical", in.dtype(0));
            return DType.INT64;
          });

  static {
    String shaped = "seed: int, shape: List[int], dtype: str";
    ShapeRule second = ShapeRule.of("as given", in -> ShapeRule.given(in.integers(1)));
    add("uniform", shaped, second, TypeRule.named(2), "uniform(seed, shape)")
        .accept(DTypes.CODE + "\n" + CREATED + UNIFORM + "return torch.reshape(u, shape)");
    add("normal", shaped, second, TypeRule.named(2), "normal(seed, shape)")
        .accept(
            DTypes.CODE
                + "\n"
                + CREATED
                + PAIRS
                + NORMAL
                + "return torch.to(torch.reshape(n, shape), code)");
    add(
            "randint",
            "seed: int, low: int, high: int, shape: List[int]",
            ShapeRule.of("as given", in -> ShapeRule.given(in.integers(3))),
            BETWEEN,
            "randint(seed, low, high, shape)")
        .accept(
            CREATED
                + HASH
                + """
                  bits = torch.bitwise_and(torch.bitwise_right_shift(z, 1), 9223372036854775807)
                  n = torch.add(torch.remainder(bits, high - low), low)
                  return torch.reshape(n, shape)""");
    add(
            "randperm",
            "seed: int, count: int",
            ShapeRule.of("[count]", in -> ShapeRule.given(new long[] {in.integer(1)})),
            TypeRule.INDEX,
            "permutation(seed, count)")
        .accept(HERE + HASH + "return torch.argsort(z, stable=True, dim=0, descending=False)");
    String like = "x: Tensor, seed: int";
    add("uniform_like", like, ShapeRule.SAME, TypeRule.WIDE, "uniformLike(seed)")
        .accept(LIKE + UNIFORM + "return torch.view_as(u, x)");
    add("normal_like", like, ShapeRule.SAME, TypeRule.FLOATING, "normalLike(seed)")
        .accept(LIKE + PAIRS + NORMAL + "return torch.to(torch.view_as(n, x), x)");
    add("bernoulli", like, ShapeRule.SAME, PROBABLE, "bernoulli(seed)")
        .accept(LIKE + UNIFORM + "return torch.lt(torch.view_as(u, x), x)");
    ALL.add(
        Op.of(
                "dropout",
                "x: Tensor, probability: float, seed: int",
                ShapeRule.SAME,
                DROPPED,
                LIKE
                    + UNIFORM
                    + """
                      kept = torch.ge(torch.view_as(u, x), probability)
                      return torch.mul(torch.where(kept, x, torch.zeros_like(x)), 1. / (1. - probability))""")
            .by("dropout(probability, seed)")
            .costs(COST)
            .needs(Scratch.MIXED));
    // Gumbel noise: the largest logit with added noise is a sample of the softmax.
    add(
            "categorical",
            "x: Tensor, axis: int, seed: int",
            ShapeRule.of(
                "x without the axis, which is not empty",
                in -> {
                  ShapeRule.filled(in.dims(0), in.integer(1));
                  return in.dims(0).without(in.dims(0).axis(in.integer(1)));
                }),
            CHOSEN,
            "categorical(axis, seed)")
        .accept(
            LIKE
                + HASH
                + """
                  bits = torch.bitwise_and(torch.bitwise_right_shift(z, 12), 4503599627370495)
                  u = torch.mul(torch.add(torch.to(bits, 7), 0.5), 2.2204460492503131e-16)
                  noise = torch.neg(torch.log(torch.neg(torch.log(u))))
                  return torch.argmax(torch.add(torch.to(x, 7), torch.view_as(noise, x)), axis, False)""");
  }

  private Randoms() {}

  private static Consumer<String> add(
      String name, String signature, ShapeRule shape, TypeRule type, String method) {
    return kernel ->
        ALL.add(
            Op.of(name, signature, shape, type, kernel)
                .flat()
                .by(method)
                .costs(COST)
                .needs(Scratch.MIXED));
  }
}
