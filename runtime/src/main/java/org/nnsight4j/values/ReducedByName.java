package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.describe;
import static org.nnsight4j.values.Operands.fail;
import static org.nnsight4j.values.Operands.given;
import static org.nnsight4j.values.Operands.self;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Along;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Width;

/**
 * Reductions along axes that are named instead of counted, so that javac knows the width of the
 * result: {@code h.mean(POSITION)} has the width of {@code h}, {@code h.norm(WIDTH)} has none, and
 * {@code h.norm(WIDTH.kept())}, whose last axis has length 1, combines with {@code h}: {@code
 * h.div(h.norm(WIDTH.kept()).add(1e-6))}. Length 1 combines with every width, and {@code as} states
 * which: {@code pattern.mul(h.norm(WIDTH.kept()).as(Key.class))}.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface ReducedByName<A> {
  /** The sum along named axes; the width stays. */
  default Value<A> sum(Along axis, Along... more) {
    return along("sum", axis, more);
  }

  /** The sum along the last axis. */
  default Value<Axis> sum(Width last) {
    return call(this, "sum", last("sum", last), false);
  }

  /** The sum along the last axis, which stays with length 1. */
  default Value<A> sum(Width.Kept last) {
    return call(this, "sum", last("sum", last), true);
  }

  /** The mean along named axes; the width stays. */
  default Value<A> mean(Along axis, Along... more) {
    return along("mean", axis, more);
  }

  /** The mean along the last axis. */
  default Value<Axis> mean(Width last) {
    return call(this, "mean", last("mean", last), false);
  }

  /** The mean along the last axis, which stays with length 1. */
  default Value<A> mean(Width.Kept last) {
    return call(this, "mean", last("mean", last), true);
  }

  /** The largest element along named axes; the width stays. */
  default Value<A> max(Along axis, Along... more) {
    return along("max", axis, more);
  }

  /** The largest element along the last axis. */
  default Value<Axis> max(Width last) {
    return call(this, "max", last("max", last), false);
  }

  /** The largest element along the last axis, which stays with length 1. */
  default Value<A> max(Width.Kept last) {
    return call(this, "max", last("max", last), true);
  }

  /** The smallest element along named axes; the width stays. */
  default Value<A> min(Along axis, Along... more) {
    return along("min", axis, more);
  }

  /** The smallest element along the last axis. */
  default Value<Axis> min(Width last) {
    return call(this, "min", last("min", last), false);
  }

  /** The smallest element along the last axis, which stays with length 1. */
  default Value<A> min(Width.Kept last) {
    return call(this, "min", last("min", last), true);
  }

  /** The product along named axes; the width stays. */
  default Value<A> prod(Along axis, Along... more) {
    return along("prod", axis, more);
  }

  /** The product along the last axis. */
  default Value<Axis> prod(Width last) {
    return call(this, "prod", last("prod", last), false);
  }

  /** The product along the last axis, which stays with length 1. */
  default Value<A> prod(Width.Kept last) {
    return call(this, "prod", last("prod", last), true);
  }

  /** The variance, divided by n - 1 as in PyTorch, along named axes; the width stays. */
  default Value<A> var(Along axis, Along... more) {
    return along("var", axis, more);
  }

  /** The variance, divided by n - 1 as in PyTorch, along the last axis. */
  default Value<Axis> var(Width last) {
    return call(this, "var", last("var", last), false);
  }

  /**
   * The variance, divided by n - 1 as in PyTorch, along the last axis, which stays with length 1.
   */
  default Value<A> var(Width.Kept last) {
    return call(this, "var", last("var", last), true);
  }

  /** The standard deviation, divided by n - 1 as in PyTorch, along named axes; the width stays. */
  default Value<A> std(Along axis, Along... more) {
    return along("std", axis, more);
  }

  /** The standard deviation, divided by n - 1 as in PyTorch, along the last axis. */
  default Value<Axis> std(Width last) {
    return call(this, "std", last("std", last), false);
  }

  /**
   * The standard deviation, divided by n - 1 as in PyTorch, along the last axis, which stays with
   * length 1.
   */
  default Value<A> std(Width.Kept last) {
    return call(this, "std", last("std", last), true);
  }

  /** The Euclidean norm along named axes; the width stays. */
  default Value<A> norm(Along axis, Along... more) {
    return along("norm", axis, more);
  }

  /** The Euclidean norm along the last axis. */
  default Value<Axis> norm(Width last) {
    return call(this, "norm", last("norm", last), false);
  }

  /** The Euclidean norm along the last axis, which stays with length 1. */
  default Value<A> norm(Width.Kept last) {
    return call(this, "norm", last("norm", last), true);
  }

  /** The sum without NaN along named axes; the width stays. */
  default Value<A> nanSum(Along axis, Along... more) {
    return along("nansum", axis, more);
  }

  /** The sum without NaN along the last axis. */
  default Value<Axis> nanSum(Width last) {
    return call(this, "nansum", last("nansum", last), false);
  }

  /** The sum without NaN along the last axis, which stays with length 1. */
  default Value<A> nanSum(Width.Kept last) {
    return call(this, "nansum", last("nansum", last), true);
  }

  /** The logarithm of the sum of the exponentials along named axes; the width stays. */
  default Value<A> logSumExp(Along axis, Along... more) {
    return along("logsumexp", axis, more);
  }

  /** The logarithm of the sum of the exponentials along the last axis. */
  default Value<Axis> logSumExp(Width last) {
    return call(this, "logsumexp", last("logsumexp", last), false);
  }

  /**
   * The logarithm of the sum of the exponentials along the last axis, which stays with length 1.
   */
  default Value<A> logSumExp(Width.Kept last) {
    return call(this, "logsumexp", last("logsumexp", last), true);
  }

  /** How many elements are not 0 along named axes; the width stays. */
  default Value<A> countNonzero(Along axis, Along... more) {
    return along("count_nonzero", axis, more);
  }

  /** How many elements are not 0 along the last axis. */
  default Value<Axis> countNonzero(Width last) {
    return call(this, "count_nonzero", last("count_nonzero", last), false);
  }

  /** How many elements are not 0 along the last axis, which stays with length 1. */
  default Value<A> countNonzero(Width.Kept last) {
    return call(this, "count_nonzero", last("count_nonzero", last), true);
  }

  /** Whether any element is true along named axes; the width stays. */
  default Value<A> any(Along axis, Along... more) {
    return along("any", axis, more);
  }

  /** Whether any element is true along the last axis. */
  default Value<Axis> any(Width last) {
    return call(this, "any", last("any", last), false);
  }

  /** Whether any element is true along the last axis, which stays with length 1. */
  default Value<A> any(Width.Kept last) {
    return call(this, "any", last("any", last), true);
  }

  /** Whether all elements are true along named axes; the width stays. */
  default Value<A> all(Along axis, Along... more) {
    return along("all", axis, more);
  }

  /** Whether all elements are true along the last axis. */
  default Value<Axis> all(Width last) {
    return call(this, "all", last("all", last), false);
  }

  /** Whether all elements are true along the last axis, which stays with length 1. */
  default Value<A> all(Width.Kept last) {
    return call(this, "all", last("all", last), true);
  }

  private Value<A> along(String op, Along axis, Along... more) {
    given(this, axis, op);
    given(this, more, op);
    long[] axes = new long[more.length + 1];
    for (int i = 0; i < axes.length; i++) {
      Along each = i == 0 ? axis : more[i - 1];
      given(this, each, op);
      axes[i] = Operands.place(this, op, each);
      if (each.keeps() != axis.keeps()) {
        throw fail(
            this,
            "%s of %s: all axes stay with length 1, or none; found %s and %s"
                .formatted(op, describe(this), axis, each));
      }
    }
    return call(this, op, axes, axis.keeps());
  }

  private long[] last(String op, Object last) {
    given(this, last, op);
    if (self(this).shape().rank() == 0) {
      throw fail(this, "%s of %s: it has no axes".formatted(op, describe(this)));
    }
    return new long[] {-1};
  }
}
