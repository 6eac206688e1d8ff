package org.nnsight4j.values;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Along;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;

/**
 * An immutable handle to a tensor that will exist during the run; its methods record operations,
 * with the names of DJL's NDArray and the meaning of PyTorch.
 *
 * <p>Every method throws {@link org.nnsight4j.error.RecordingException} with the user's line if
 * shapes or data types do not fit. {@code Value<Axis>} is a value whose width the compiler does not
 * know; {@link #as} states it.
 *
 * @param <A> the width (last axis), a descriptor's {@code Axis}
 */
@NotUserCode
public abstract class Value<A>
    implements Elementwise<A>,
        Mathematical<A>,
        Activated<A>,
        Compared<A>,
        Reduced<A>,
        ReducedByName<A>,
        Ordered<A>,
        Multiplied<A>,
        Scattered<A>,
        NormsAndLosses<A>,
        Arrangement<A> {
  /** Values come from sites and operations; users do not extend this class. */
  protected Value() {}

  // What is known of the value.

  /** The axes, with names; lengths that only the run knows are shown as {@code ?}. */
  public abstract Dims shape();

  public abstract DType dtype();

  /**
   * The numbers of a value that is computed at once ({@code Eager.of(tensor)}).
   *
   * @throws org.nnsight4j.error.RecordingException if a run computes the value: {@link #save} it,
   *     and read {@link Saved#value} after the run
   */
  public abstract Tensor tensor();

  /** Where the value was recorded. */
  public abstract SourceLine line();

  // Keeping and replacing.

  /** Keeps the value past the run (nnsight's {@code .save()}). */
  public abstract Saved<A> save();

  /**
   * Replaces the site that this value was read from, or the part of it that this value is
   * (nnsight's {@code module.output = v} and {@code module.output[...] = v}). The value may have
   * fewer axes, or axes of length 1: it is broadcast.
   */
  public abstract void set(Value<? extends A> value);

  /** Like {@link #set(Value)}, with numbers from outside the run. */
  public abstract void set(Tensor value);

  /** Like {@link #set(Value)}, with one number for all elements. */
  public abstract void set(double value);

  /** Like {@link #set(double)}, with an integer that stays exact. */
  public abstract void set(long value);

  /**
   * The gradient of one number with respect to this value (nnsight's {@code .grad} after {@code
   * backward()}); it has the shape of this value, and is zero where the number does not depend on
   * it. The gradient of a part of a site is that part of the site's gradient.
   *
   * @param scalar a value of one element, recorded later than this one
   */
  public abstract Value<A> gradient(Value<?> scalar);

  /**
   * The gradients of an output with respect to this value in many directions, after one forward
   * pass (vector-Jacobian products; {@code torch.autograd.grad(output, value, directions,
   * is_grads_batched=True)}): {@code result[k]} is the gradient of {@code (output *
   * directions[k]).sum()}. With one direction for each component of the output they are its
   * Jacobian. Where the output does not depend on this value they are zero.
   *
   * <p>Gradients of one output in the same directions with respect to several values are computed
   * together: one way back for each direction.
   *
   * @param output a value of any shape, recorded later than this one
   * @param directions {@code [directions, ...]}: an axis in front, then the output's axes, or fewer
   *     that broadcast to them
   * @return {@code [directions, ...]} with the axes of this value
   */
  public abstract Value<A> gradients(Value<?> output, Value<?> directions);

  /** {@link #gradients(Value, Value)} with directions from outside the run. */
  public final Value<A> gradients(Value<?> output, Tensor directions) {
    return gradients(output, constant(directions));
  }

  /**
   * Replaces the gradient of a number with respect to this value; gradients of earlier values that
   * are recorded after this see the replacement flow through.
   */
  public abstract void setGradient(Value<?> scalar, Value<? extends A> gradient);

  // Parts.

  /** A part, with an index as in DJL's NDArray: {@code get("0, :, -1")}. Ranges are not clamped. */
  public abstract Value<A> get(String index);

  /** A part, with a typed index: {@code get(Slice.all(), Slice.at(-1))}. */
  public abstract Value<A> get(Slice... index);

  /**
   * The values at one token, {@code [batch, ...]}: the row's own token, never padding. Negative
   * positions count from the row's end.
   */
  public abstract Value<A> at(int position);

  // Tokens without padding: rows of one invoker that differ in length are padded.

  /**
   * This value with one number at every position that is padding, so that what is computed along
   * positions is of tokens alone: {@code h.fillPadding(0).sum(1)}. Rows of a list that differ in
   * length have padding.
   *
   * @param number what the data type can hold
   */
  public abstract Value<A> fillPadding(double number);

  /** The mean over each row's own tokens, {@code [batch, ...]}; padding does not count. */
  public abstract Value<A> meanOverTokens();

  /** The sum over each row's own tokens, {@code [batch, ...]}; padding does not count. */
  public final Value<A> sumOverTokens() {
    return fillPadding(0).sum(Along.POSITION);
  }

  /** The largest of each row's own tokens, {@code [batch, ...]}; padding does not count. */
  public final Value<A> maxOverTokens() {
    return fillPadding(Double.NEGATIVE_INFINITY).max(Along.POSITION);
  }

  /** The smallest of each row's own tokens, {@code [batch, ...]}; padding does not count. */
  public final Value<A> minOverTokens() {
    return fillPadding(Double.POSITIVE_INFINITY).min(Along.POSITION);
  }

  /** Some elements of an axis, in the order of {@code index}. */
  public final Value<Axis> take(int axis, Value<?> index) {
    return Operands.call(this, "index_select", (long) axis, index);
  }

  /** One element along an axis for each element of {@code index} ({@code torch.gather}). */
  public final Value<Axis> gather(int axis, Value<?> index) {
    return Operands.call(this, "gather", (long) axis, index);
  }

  /** Numbers from outside as a value of this run, for example a steering vector. */
  public abstract Value<A> constant(Tensor tensor);

  /**
   * The same value with a stated width; checked against the architecture when it is recorded. A
   * width of 1 combines with every width, so any width can be stated for it.
   *
   * @param axis a width of the descriptor, for example {@code Gpt2.Hidden.class}
   */
  public abstract <B extends Axis> Value<B> as(Class<B> axis);

  // Control flow inside the run.

  /**
   * One of two values, chosen by this truth value (nnsight's {@code cond}); only the chosen one is
   * computed, and only its writes happen.
   *
   * @param then records and returns the value for true
   * @param otherwise records and returns the value for false, with the same data type and rank
   */
  public abstract <B> Value<B> cond(Supplier<Value<B>> then, Supplier<Value<B>> otherwise);

  /** Records what happens only if this truth value, of one element, is true. */
  public abstract void cond(Runnable then);

  /**
   * Records what happens if this truth value, of one element, is true, and what happens otherwise.
   */
  public abstract void cond(Runnable then, Runnable otherwise);

  /**
   * A bounded loop that can end early: the body is applied until {@code until} holds, at most
   * {@code most} times. It is recorded {@code most} times, since a graph has no jumps: the graph,
   * and the time to record and to plan it, grow with {@code most}.
   *
   * @param until returns a truth value of one element
   */
  public abstract Value<A> iterate(
      int most, UnaryOperator<Value<A>> body, Function<Value<A>, Value<?>> until);

  /**
   * Runs a Java function on the numbers while the model runs; the result has the shape and data
   * type of this value. Runs locally only: a graph with a host call cannot be sent or written to a
   * file.
   */
  public abstract Value<A> hostCall(UnaryOperator<Tensor> function);

  /**
   * Runs a Java function on the numbers of several values while the model runs.
   *
   * @param like a value that has the shape and data type of the result
   */
  public abstract <B> Value<B> hostCall(
      Value<B> like, Function<List<Tensor>, Tensor> function, Value<?>... more);

  /** Shows the numbers to a Java function while the model runs, for example to print them. */
  public abstract void peek(Consumer<Tensor> look);

  /**
   * The same numbers, through which no gradient flows: for a gradient they are constants ({@code
   * torch.Tensor.detach}).
   */
  public final Value<A> detach() {
    return Operands.call(this, "detach");
  }

  /** Values of the same shape along a new first axis. */
  public static <A> Value<A> stack(List<? extends Value<? extends A>> values) {
    return Operands.record(Operands.recorder(values, "stack"), "stack", values, 0L);
  }

  /** Values of the same shape along a new axis. */
  public static Value<Axis> stack(List<? extends Value<?>> values, int axis) {
    return Operands.record(Operands.recorder(values, "stack"), "stack", values, (long) axis);
  }

  /** Values joined along a named axis, which is not the last one. */
  public static <A> Value<A> concat(List<? extends Value<? extends A>> values, Along axis) {
    Value<?> first = Operands.recorder(values, "concat");
    Operands.given(first, axis, "concat");
    return Operands.record(first, "concat", values, Operands.place(first, "concat", axis));
  }

  /** Values joined along an existing axis. */
  public static Value<Axis> concat(List<? extends Value<?>> values, int axis) {
    return Operands.record(Operands.recorder(values, "concat"), "concat", values, (long) axis);
  }

  /** This value and others of the same shape along a new axis. */
  @SafeVarargs
  public final Value<Axis> stack(int axis, Value<? extends A>... others) {
    Operands.given(this, others, "stack");
    List<Value<?>> parts = new ArrayList<>(List.of(this));
    parts.addAll(Arrays.asList(others));
    return Operands.record(this, "stack", parts, (long) axis);
  }
}
