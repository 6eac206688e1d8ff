package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.describe;
import static org.nnsight4j.values.Operands.fail;
import static org.nnsight4j.values.Operands.given;
import static org.nnsight4j.values.Operands.longs;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * Reductions: sums, extremes, norms.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Reduced<A> {
  // No axes means all of them. With keepDims they stay with length 1, as in PyTorch, so that the
  // result combines with this value: h.div(h.norm(-1, true)).

  default Value<Axis> sum(int... axes) {
    return reduce("sum", false, axes);
  }

  /** Like {@link #sum(int...)}, over one axis that stays with length 1. */
  default Value<A> sum(int axis, boolean keepDims) {
    return kept("sum", keepDims, axis);
  }

  /** Like {@link #sum(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> sum(int[] axes, boolean keepDims) {
    return kept("sum", keepDims, axes);
  }

  /** The sum, ignoring NaN. */
  default Value<Axis> nanSum(int... axes) {
    return reduce("nansum", false, axes);
  }

  /** Like {@link #nanSum(int...)}, over one axis that stays with length 1. */
  default Value<A> nanSum(int axis, boolean keepDims) {
    return kept("nansum", keepDims, axis);
  }

  /** Like {@link #nanSum(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> nanSum(int[] axes, boolean keepDims) {
    return kept("nansum", keepDims, axes);
  }

  default Value<Axis> mean(int... axes) {
    return reduce("mean", false, axes);
  }

  /** Like {@link #mean(int...)}, over one axis that stays with length 1. */
  default Value<A> mean(int axis, boolean keepDims) {
    return kept("mean", keepDims, axis);
  }

  /** Like {@link #mean(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> mean(int[] axes, boolean keepDims) {
    return kept("mean", keepDims, axes);
  }

  default Value<Axis> prod(int... axes) {
    return reduce("prod", false, axes);
  }

  /** Like {@link #prod(int...)}, over one axis that stays with length 1. */
  default Value<A> prod(int axis, boolean keepDims) {
    return kept("prod", keepDims, axis);
  }

  /** Like {@link #prod(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> prod(int[] axes, boolean keepDims) {
    return kept("prod", keepDims, axes);
  }

  default Value<Axis> max(int... axes) {
    return reduce("max", false, axes);
  }

  /** Like {@link #max(int...)}, over one axis that stays with length 1. */
  default Value<A> max(int axis, boolean keepDims) {
    return kept("max", keepDims, axis);
  }

  /** Like {@link #max(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> max(int[] axes, boolean keepDims) {
    return kept("max", keepDims, axes);
  }

  default Value<Axis> min(int... axes) {
    return reduce("min", false, axes);
  }

  /** Like {@link #min(int...)}, over one axis that stays with length 1. */
  default Value<A> min(int axis, boolean keepDims) {
    return kept("min", keepDims, axis);
  }

  /** Like {@link #min(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> min(int[] axes, boolean keepDims) {
    return kept("min", keepDims, axes);
  }

  /** The variance, divided by n - 1 as in PyTorch. */
  default Value<Axis> var(int... axes) {
    return reduce("var", false, axes);
  }

  /** Like {@link #var(int...)}, over one axis that stays with length 1. */
  default Value<A> var(int axis, boolean keepDims) {
    return kept("var", keepDims, axis);
  }

  /** Like {@link #var(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> var(int[] axes, boolean keepDims) {
    return kept("var", keepDims, axes);
  }

  /** The standard deviation, divided by n - 1 as in PyTorch. */
  default Value<Axis> std(int... axes) {
    return reduce("std", false, axes);
  }

  /** Like {@link #std(int...)}, over one axis that stays with length 1. */
  default Value<A> std(int axis, boolean keepDims) {
    return kept("std", keepDims, axis);
  }

  /** Like {@link #std(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> std(int[] axes, boolean keepDims) {
    return kept("std", keepDims, axes);
  }

  /** The Euclidean norm. */
  default Value<Axis> norm(int... axes) {
    return reduce("norm", false, axes);
  }

  /** Like {@link #norm(int...)}, over one axis that stays with length 1. */
  default Value<A> norm(int axis, boolean keepDims) {
    return kept("norm", keepDims, axis);
  }

  /** Like {@link #norm(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> norm(int[] axes, boolean keepDims) {
    return kept("norm", keepDims, axes);
  }

  /** The p-norm; infinity gives the largest magnitude, 0 counts the nonzero elements. */
  default Value<Axis> normP(double p, int... axes) {
    given(this, axes, "normP");
    return call(this, "norm_p", longs(axes), false, p);
  }

  /** Like {@link #normP(double, int...)}, over one axis that stays with length 1. */
  default Value<A> normP(double p, int axis, boolean keepDims) {
    requireKept("normP", keepDims);
    return call(this, "norm_p", new long[] {axis}, true, p);
  }

  /** The logarithm of the sum of the exponentials. */
  default Value<Axis> logSumExp(int... axes) {
    return reduce("logsumexp", false, axes);
  }

  /** Like {@link #logSumExp(int...)}, over one axis that stays with length 1. */
  default Value<A> logSumExp(int axis, boolean keepDims) {
    return kept("logsumexp", keepDims, axis);
  }

  /** Like {@link #logSumExp(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> logSumExp(int[] axes, boolean keepDims) {
    return kept("logsumexp", keepDims, axes);
  }

  default Value<Axis> countNonzero(int... axes) {
    return reduce("count_nonzero", false, axes);
  }

  /** Like {@link #countNonzero(int...)}, over one axis that stays with length 1. */
  default Value<A> countNonzero(int axis, boolean keepDims) {
    return kept("count_nonzero", keepDims, axis);
  }

  /** Like {@link #countNonzero(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> countNonzero(int[] axes, boolean keepDims) {
    return kept("count_nonzero", keepDims, axes);
  }

  default Value<Axis> any(int... axes) {
    return reduce("any", false, axes);
  }

  /** Like {@link #any(int...)}, over one axis that stays with length 1. */
  default Value<A> any(int axis, boolean keepDims) {
    return kept("any", keepDims, axis);
  }

  /** Like {@link #any(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> any(int[] axes, boolean keepDims) {
    return kept("any", keepDims, axes);
  }

  default Value<Axis> all(int... axes) {
    return reduce("all", false, axes);
  }

  /** Like {@link #all(int...)}, over one axis that stays with length 1. */
  default Value<A> all(int axis, boolean keepDims) {
    return kept("all", keepDims, axis);
  }

  /** Like {@link #all(int...)}, over axes that stay with length 1; none means all. */
  default Value<A> all(int[] axes, boolean keepDims) {
    return kept("all", keepDims, axes);
  }

  default Value<Axis> argMax(int axis) {
    return call(this, "argmax", (long) axis, false);
  }

  default Value<Axis> argMin(int axis) {
    return call(this, "argmin", (long) axis, false);
  }

  /** The middle element of an axis, the lower of two, and its index. */
  default Chosen median(int axis) {
    return new Chosen(
        call(this, "median_values", (long) axis, false),
        call(this, "median_indices", (long) axis, false));
  }

  /** Elements of an axis, and their indices. */
  record Chosen(Value<Axis> values, Value<Axis> indices) {}

  private Value<Axis> reduce(String name, boolean keep, int... axes) {
    given(this, axes, name);
    return call(this, name, longs(axes), keep);
  }

  private Value<A> kept(String name, boolean keepDims, int... axes) {
    requireKept(name, keepDims);
    given(this, axes, name);
    return call(this, name, longs(axes), true);
  }

  /** Without its axes, a value could have a width other than the one in its type. */
  private void requireKept(String name, boolean keepDims) {
    if (!keepDims) {
      throw fail(
          this,
          "%s of %s: keepDims is false; without it the type of the result has no width, so leave the argument out"
              .formatted(name, describe(this)));
    }
  }
}
