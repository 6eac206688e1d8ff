package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.fail;
import static org.nnsight4j.values.Operands.given;
import static org.nnsight4j.values.Operands.longs;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * What every value can do with fewer axes: sums, extremes, norms.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Reduced<A> {
  // No axes means all of them.

  default Value<Axis> sum(int... axes) {
    return reduce("sum", false, axes);
  }

  /** The sum without NaN. */
  default Value<Axis> nanSum(int... axes) {
    return reduce("nansum", false, axes);
  }

  default Value<Axis> mean(int... axes) {
    return reduce("mean", false, axes);
  }

  default Value<Axis> prod(int... axes) {
    return reduce("prod", false, axes);
  }

  default Value<Axis> max(int... axes) {
    return reduce("max", false, axes);
  }

  default Value<Axis> min(int... axes) {
    return reduce("min", false, axes);
  }

  /** The variance, divided by n - 1 as in PyTorch. */
  default Value<Axis> var(int... axes) {
    return reduce("var", false, axes);
  }

  /** The standard deviation, divided by n - 1 as in PyTorch. */
  default Value<Axis> std(int... axes) {
    return reduce("std", false, axes);
  }

  /** The Euclidean norm. */
  default Value<Axis> norm(int... axes) {
    return reduce("norm", false, axes);
  }

  /** The p-norm; infinity gives the largest magnitude, 0 counts what is not 0. */
  default Value<Axis> normP(double p, int... axes) {
    given(this, axes, "normP");
    return call(this, "norm_p", longs(axes), false, p);
  }

  /** The logarithm of the sum of the exponentials. */
  default Value<Axis> logSumExp(int... axes) {
    return reduce("logsumexp", false, axes);
  }

  default Value<Axis> countNonzero(int... axes) {
    return reduce("count_nonzero", false, axes);
  }

  default Value<Axis> any(int... axes) {
    return reduce("any", false, axes);
  }

  default Value<Axis> all(int... axes) {
    return reduce("all", false, axes);
  }

  /**
   * A reduction whose axes stay with length 1, so that the result broadcasts against this value.
   *
   * @param name as in the table of operations: sum, mean, logsumexp and so on
   */
  default Value<Axis> keepAxes(String name, int... axes) {
    given(this, name, "keepAxes");
    if (!Operands.REDUCTIONS.contains(name)) {
      throw fail(
          this,
          "keepAxes: '%s' is no reduction; there are %s"
              .formatted(name, String.join(", ", Operands.REDUCTIONS)));
    }
    return reduce(name, true, axes);
  }

  default Value<Axis> argMax(int axis) {
    return call(this, "argmax", (long) axis, false);
  }

  default Value<Axis> argMin(int axis) {
    return call(this, "argmin", (long) axis, false);
  }

  /** The middle element of an axis, the lower of two, and where it stands. */
  default Chosen median(int axis) {
    return new Chosen(
        call(this, "median_values", (long) axis, false),
        call(this, "median_indices", (long) axis, false));
  }

  /** Elements of an axis, and where they stood. */
  record Chosen(Value<Axis> values, Value<Axis> indices) {}

  private Value<Axis> reduce(String name, boolean keep, int... axes) {
    given(this, axes, name);
    return call(this, name, longs(axes), keep);
  }
}
