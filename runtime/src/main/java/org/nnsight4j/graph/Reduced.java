package org.nnsight4j.graph;

import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.shape.Axis;

/**
 * What every value can do with fewer axes: sums, extremes, norms.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Reduced<A> extends Compared<A> permits Ordered {
  Reduced() {}

  private static final List<String> REDUCTIONS =
      List.of(
          "sum",
          "mean",
          "max",
          "min",
          "var",
          "std",
          "norm",
          "any",
          "all",
          "prod",
          "nansum",
          "logsumexp",
          "count_nonzero");

  // No axes means all of them.

  public Value<Axis> sum(int... axes) {
    return reduce("sum", false, axes);
  }

  /** The sum without NaN. */
  public Value<Axis> nanSum(int... axes) {
    return reduce("nansum", false, axes);
  }

  public Value<Axis> mean(int... axes) {
    return reduce("mean", false, axes);
  }

  public Value<Axis> prod(int... axes) {
    return reduce("prod", false, axes);
  }

  public Value<Axis> max(int... axes) {
    return reduce("max", false, axes);
  }

  public Value<Axis> min(int... axes) {
    return reduce("min", false, axes);
  }

  /** The variance, divided by n - 1 as in PyTorch. */
  public Value<Axis> var(int... axes) {
    return reduce("var", false, axes);
  }

  /** The standard deviation, divided by n - 1 as in PyTorch. */
  public Value<Axis> std(int... axes) {
    return reduce("std", false, axes);
  }

  /** The Euclidean norm. */
  public Value<Axis> norm(int... axes) {
    return reduce("norm", false, axes);
  }

  /** The p-norm; infinity gives the largest magnitude, 0 counts what is not 0. */
  public Value<Axis> normP(double p, int... axes) {
    given(axes, "normP");
    return call("norm_p", longs(axes), false, p);
  }

  /** The logarithm of the sum of the exponentials. */
  public Value<Axis> logSumExp(int... axes) {
    return reduce("logsumexp", false, axes);
  }

  public Value<Axis> countNonzero(int... axes) {
    return reduce("count_nonzero", false, axes);
  }

  public Value<Axis> any(int... axes) {
    return reduce("any", false, axes);
  }

  public Value<Axis> all(int... axes) {
    return reduce("all", false, axes);
  }

  /**
   * A reduction whose axes stay with length 1, so that the result broadcasts against this value.
   *
   * @param name as in the table of operations: sum, mean, logsumexp and so on
   */
  public Value<Axis> keepAxes(String name, int... axes) {
    given(name, "keepAxes");
    if (!REDUCTIONS.contains(name)) {
      throw self()
          .recording()
          .fail(
              "keepAxes: '%s' is no reduction; there are %s"
                  .formatted(name, String.join(", ", REDUCTIONS)),
              UserFrames.here());
    }
    return reduce(name, true, axes);
  }

  public Value<Axis> argMax(int axis) {
    return call("argmax", (long) axis, false);
  }

  public Value<Axis> argMin(int axis) {
    return call("argmin", (long) axis, false);
  }

  /** The middle element of an axis, the lower of two, and where it stands. */
  public Chosen median(int axis) {
    return new Chosen(
        call("median_values", (long) axis, false), call("median_indices", (long) axis, false));
  }

  /** Elements of an axis, and where they stood. */
  public record Chosen(Value<Axis> values, Value<Axis> indices) {}

  private Value<Axis> reduce(String name, boolean keep, int... axes) {
    given(axes, name);
    return call(name, longs(axes), keep);
  }

  static long[] longs(int[] numbers) {
    return IntStream.of(numbers).asLongStream().toArray();
  }
}
