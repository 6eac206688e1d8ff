package org.nnsight4j.values;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Branches;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Place;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.graph.Rows;
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;

/**
 * An immutable handle to a tensor that will exist during the run; its methods record operations,
 * with the names of DJL's NDArray and the meaning of PyTorch.
 *
 * <p>Every method throws {@link org.nnsight4j.error.RecordingException} with the user's line if
 * shapes or data types do not fit. {@code Value<Axis>} is a value whose width the compiler does not
 * know; {@link #as} gives it one.
 *
 * @param <A> the width (last axis), a descriptor's {@code Axis}
 */
@NotUserCode
public final class Value<A> extends Arrangement<A> {
  private final Recording recording;
  private final Node node;
  private final Meta meta;
  private final @Nullable Place place;
  private final @Nullable Rows rows;

  Value(Recording recording, Node node, Meta meta, @Nullable Place place, @Nullable Rows rows) {
    this.recording = recording;
    this.node = node;
    this.meta = meta;
    this.place = place;
    this.rows = rows;
  }

  // What is known of the value.

  /** The axes, with names; lengths that only the run knows are shown as {@code ?}. */
  public Dims shape() {
    return meta.dims();
  }

  public DType dtype() {
    return meta.dtype();
  }

  /** Where the value was recorded. */
  public SourceLine line() {
    return node.line();
  }

  // Keeping and replacing.

  /** Keeps the value past the run (nnsight's {@code .save()}). */
  public Saved<A> save() {
    return recording.saves().save(this);
  }

  /**
   * Replaces the site that this value was read from, or the part of it that this value is
   * (nnsight's {@code module.output = v} and {@code module.output[...] = v}). The value may have
   * fewer axes, or axes of length 1: it is broadcast.
   */
  public void set(Value<? extends A> value) {
    recording.writes().write(this, value);
  }

  /** As {@link #set(Value)}, with numbers from outside. */
  public void set(Tensor value) {
    recording.writes().write(this, recording.constant(value));
  }

  /** As {@link #set(Value)}, with one number for all elements. */
  public void set(double value) {
    if (!dtype().isFloating() && value != Math.rint(value)) {
      throw recording.fail(
          "set(%s): %s holds %s, which needs a whole number".formatted(value, describe(), dtype()),
          UserFrames.here());
    }
    Value<A> number =
        recording.<A>constant(Tensor.of(new double[] {value})).call("cast", dtype().name());
    recording.writes().write(this, number);
  }

  /**
   * The gradient of one number with respect to this value (nnsight's {@code .grad} after {@code
   * backward()}); same shape as this value, zero where the number does not depend on it. The
   * gradient of a part of a site is that part of the site's gradient.
   *
   * @param scalar a value of one element, recorded later than this one
   */
  public Value<A> gradient(Value<?> scalar) {
    return recording.gradients().gradient(scalar, this);
  }

  /**
   * Replaces the gradient of a number with respect to this value; gradients of earlier values that
   * are recorded after this see the replacement flow through.
   */
  public void setGradient(Value<?> scalar, Value<? extends A> gradient) {
    recording.gradients().replace(scalar, this, gradient);
  }

  // Parts.

  /** A part, with an index as in NDArray: {@code get("0, :, -1")}. Ranges are not clamped. */
  public Value<A> get(String index) {
    given(index, "get");
    return get(index, checked(() -> Slice.parse(index)));
  }

  /** A part, with a typed index: {@code get(Slice.all(), Slice.at(-1))}. */
  public Value<A> get(Slice... index) {
    given(index, "get");
    for (Slice slice : index) {
      given(slice, "get");
    }
    return get(List.of(index).toString(), List.of(index));
  }

  private Value<A> get(String text, List<Slice> index) {
    long[] codes = checked(() -> SliceCodes.of(meta.dims(), index));
    Place.Part part =
        new Place.Part(
            whole -> recording.call("get", whole, codes),
            (whole, value) -> recording.call("put", whole, codes, value),
            "[" + text + "]");
    return recording.callAt(placeOf(part), "get", this, codes);
  }

  /**
   * The values at one token, {@code [batch, ...]}: the row's own token, never padding. Negative
   * positions count from the row's end.
   */
  public Value<A> at(int position) {
    int axis = meta.dims().find(Dim.POSITION);
    if (axis <= 0 || rows == null) {
      throw recording.fail(
          "at(%s) takes each row's own token of a site, or of what was computed from one invoker's sites, and needs the position axis; this value is %s %s. Use get(...)"
              .formatted(position, describe(), shape()),
          UserFrames.here());
    }
    if (!meta.dims().get(0).is(Dim.BATCH)) {
      throw recording.fail(
          "at(%s) takes each row's own token and needs the whole rows; this value has the shape %s. Call at(...) first, then get(...)"
              .formatted(position, shape()),
          UserFrames.here());
    }
    Dim length = meta.dims().get(axis);
    if (length.isKnown() && (position >= length.size() || position < -length.size())) {
      throw recording.fail(
          "at(%s) is outside of the prompt: %s has %s positions"
              .formatted(position, describe(), length.size()),
          UserFrames.here());
    }
    Meta index = new Meta(Dims.of(meta.dims().get(0)), DType.INT64);
    Value<A> tokens = recording.positions(rows, position, index);
    Place.Part part =
        new Place.Part(
            whole -> recording.call("at", whole, tokens, (long) axis),
            (whole, value) -> recording.call("put_at", whole, tokens, (long) axis, value),
            ".at(" + position + ")");
    return recording.callAt(placeOf(part), "at", this, tokens, (long) axis);
  }

  /** Some elements of an axis, in the order of {@code index}. */
  public Value<Axis> take(int axis, Value<?> index) {
    return call("index_select", (long) axis, index);
  }

  /** One element along an axis for each place of {@code index} ({@code torch.gather}). */
  public Value<Axis> gather(int axis, Value<?> index) {
    return call("gather", (long) axis, index);
  }

  private @Nullable Place placeOf(Place.Part part) {
    return place == null ? null : place.part(part);
  }

  /** Numbers from outside as a value of this run, for example of a steering vector. */
  public Value<A> constant(Tensor tensor) {
    return recording.constant(tensor);
  }

  /**
   * The same value with a stated width; checked against the architecture when it is recorded.
   *
   * @param axis a width of the descriptor, for example {@code Gpt2.Hidden.class}
   */
  @SuppressWarnings("unchecked")
  public <B extends Axis> Value<B> as(Class<B> axis) {
    given(axis, "as");
    Integer width = recording.width(axis);
    Dims dims = meta.dims();
    if (width != null && dims.rank() > 0) {
      Dim last = dims.get(-1);
      if (last.isKnown() && last.size() != width) {
        throw recording.fail(
            "as(%s) needs the width %s, found %s".formatted(axis.getSimpleName(), width, dims),
            UserFrames.here());
      }
    }
    return (Value<B>) this;
  }

  // Control: decided and repeated inside of the run.

  /**
   * One of two values, by this truth value (nnsight's {@code cond}); only the one that is chosen is
   * computed, and only its writes happen.
   *
   * @param then records and gives the value for true
   * @param otherwise records and gives the value for false; must have the same data type and rank
   */
  public <B> Value<B> cond(Supplier<Value<B>> then, Supplier<Value<B>> otherwise) {
    return new Branches(recording, this).choose(then, otherwise);
  }

  /** Records what happens only if this truth value, of one element, is true. */
  public void cond(Runnable then) {
    new Branches(recording, this).branch(true, then);
  }

  /** Records what happens if this truth value, of one element, is true, and what otherwise. */
  public void cond(Runnable then, Runnable otherwise) {
    Branches branches = new Branches(recording, this);
    branches.branch(true, then);
    branches.branch(false, otherwise);
  }

  /**
   * A bounded loop with an early end: the body is applied until {@code until} holds, and {@code
   * most} times at most. It is recorded {@code most} times, since a graph has no jumps: the graph,
   * and the time to record and to plan it, grow with {@code most}.
   *
   * @param until gives a truth value of one element
   */
  public Value<A> iterate(
      int most, UnaryOperator<Value<A>> body, Function<Value<A>, Value<?>> until) {
    return Branches.iterate(this, most, body, until);
  }

  /**
   * Java of yours on the numbers, while the model runs; the result has the shape and data type of
   * this value. Runs locally only: a graph with a host call cannot be sent or written to a file.
   */
  public Value<A> hostCall(UnaryOperator<Tensor> function) {
    given(function, "hostCall");
    return recording.hostCall(meta, tensors -> function.apply(tensors.get(0)), List.of(this));
  }

  /**
   * Java of yours on the numbers of several values, while the model runs.
   *
   * @param like a value of the shape and data type of the result
   */
  public <B> Value<B> hostCall(
      Value<B> like, Function<List<Tensor>, Tensor> function, Value<?>... more) {
    given(function, "hostCall");
    given(like, "hostCall");
    List<Value<?>> arguments = new ArrayList<>(List.of(this));
    arguments.addAll(Arrays.asList(more));
    return recording.hostCall(like.meta(), function, arguments);
  }

  /** Shows the numbers to Java of yours while the model runs, for example to print them. */
  public void peek(Consumer<Tensor> look) {
    given(look, "peek");
    recording.hostCall(
        meta,
        tensors -> {
          look.accept(tensors.get(0));
          return tensors.get(0);
        },
        List.of(this));
  }

  // For the recorder.

  public Recording recording() {
    return recording;
  }

  /** Keeps the value for a later run of the session; gives the number of the save. */
  public int keep() {
    if (recording.blocks().isInside(node.id())) {
      throw recording.fail(
          "the value recorded at %s is inside of a loop or branch of its run; hand it out of there first"
              .formatted(line()),
          UserFrames.here());
    }
    return recording.saves().keep(this);
  }

  int node() {
    return node.id();
  }

  public int id() {
    return node.id();
  }

  public Meta meta() {
    return meta;
  }

  public Moment moment() {
    return recording.moments().of(node.id());
  }

  @Nullable Rows rows() {
    return rows;
  }

  @Nullable Place place() {
    return place;
  }

  /** What this value is, for messages: a site or an operation. */
  String describe() {
    if (node instanceof Node.Read read) {
      return read.site().toString();
    } else if (node instanceof Node.Call call) {
      return call.op() + " at " + call.line();
    } else if (node instanceof Node.Apply apply) {
      return apply.module() + " applied at " + apply.line();
    }
    return node.getClass().getSimpleName().toLowerCase(Locale.ROOT) + " at " + line();
  }

  @Override
  Value<A> self() {
    return this;
  }

  @Override
  public String toString() {
    return "Value(" + describe() + ", " + meta + ")";
  }
}
