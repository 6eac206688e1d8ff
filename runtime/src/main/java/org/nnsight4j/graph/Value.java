package org.nnsight4j.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.shape.Axis;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.ShapeException;
import org.nnsight4j.shape.Slice;
import org.nnsight4j.shape.SliceCodes;
import org.nnsight4j.tensor.DType;
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
public final class Value<A> {
  private static final List<String> REDUCTIONS =
      List.of("sum", "mean", "max", "min", "var", "std", "norm", "any", "all");

  private final Recording recording;
  private final Node node;
  private final Meta meta;
  private final Moment moment;
  private final @Nullable Place place;

  Value(Recording recording, Node node, Meta meta, Moment moment, @Nullable Place place) {
    this.recording = recording;
    this.node = node;
    this.meta = meta;
    this.moment = moment;
    this.place = place;
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
    return recording.save(this);
  }

  /**
   * Replaces the site that this value was read from, or the part of it that this value is
   * (nnsight's {@code module.output = v} and {@code module.output[...] = v}). The value may have
   * fewer axes, or axes of length 1: it is broadcast.
   */
  public void set(Value<? extends A> value) {
    recording.write(this, value);
  }

  /** As {@link #set(Value)}, with numbers from outside. */
  public void set(Tensor value) {
    recording.write(this, recording.constant(value));
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
    recording.write(this, number);
  }

  /**
   * The gradient of one number with respect to this value (nnsight's {@code .grad} after {@code
   * backward()}); same shape as this value, zero where the number does not depend on it. The
   * gradient of a part of a site is that part of the site's gradient.
   *
   * @param scalar a value of one element, recorded later than this one
   */
  public Value<A> gradient(Value<?> scalar) {
    return recording.gradient(scalar, this);
  }

  /**
   * Replaces the gradient of a number with respect to this value; gradients of earlier values that
   * are recorded after this see the replacement flow through.
   */
  public void setGradient(Value<?> scalar, Value<? extends A> gradient) {
    recording.gradientWrite(scalar, this, gradient);
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
            whole -> recording.call("slice", whole, codes),
            (whole, value) -> recording.call("slice_put", whole, codes, value),
            "[" + text + "]");
    return recording.callAt(placeOf(part), "slice", this, codes);
  }

  /**
   * The values at one token, {@code [batch, ...]}: the row's own token, never padding. Negative
   * positions count from the row's end.
   */
  public Value<A> at(int position) {
    int axis = meta.dims().find(Dim.POSITION);
    if (axis <= 0 || place == null) {
      throw recording.fail(
          "at(%d) takes a token of a site that has a position axis; this value has the shape %s. Use get(...)"
              .formatted(position, shape()),
          UserFrames.here());
    }
    if (!meta.dims().get(0).is(Dim.BATCH)) {
      throw recording.fail(
          "at(%d) takes each row's own token and needs the whole rows; this value has the shape %s. Call at(...) first, then get(...)"
              .formatted(position, shape()),
          UserFrames.here());
    }
    Dim length = meta.dims().get(axis);
    if (length.isKnown() && (position >= length.size() || position < -length.size())) {
      throw recording.fail(
          "at(%d) is outside of the prompt: %s has %d positions"
              .formatted(position, describe(), length.size()),
          UserFrames.here());
    }
    Meta index = new Meta(Dims.of(meta.dims().get(0)), DType.INT64);
    Value<A> rows = recording.positions(place.invoker(), place.step(), position, index);
    Place.Part part =
        new Place.Part(
            whole -> recording.call("take_positions", whole, rows, (long) axis),
            (whole, value) -> recording.call("put_positions", whole, rows, (long) axis, value),
            ".at(" + position + ")");
    return recording.callAt(placeOf(part), "take_positions", this, rows, (long) axis);
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

  // Arithmetic with broadcasting.

  public Value<A> add(Value<? extends A> other) {
    return call("add", other);
  }

  public Value<A> add(double number) {
    return number("add", number);
  }

  public Value<A> sub(Value<? extends A> other) {
    return call("sub", other);
  }

  public Value<A> sub(double number) {
    return number("sub", number);
  }

  public Value<A> mul(Value<? extends A> other) {
    return call("mul", other);
  }

  public Value<A> mul(double number) {
    return number("mul", number);
  }

  public Value<A> div(Value<? extends A> other) {
    return call("div", other);
  }

  public Value<A> div(double number) {
    return call("div_real", number);
  }

  public Value<A> pow(Value<? extends A> other) {
    return call("pow", other);
  }

  public Value<A> pow(double number) {
    return number("pow", number);
  }

  /** The remainder with the sign of the divisor, as in Python. */
  public Value<A> mod(double number) {
    return number("remainder", number);
  }

  public Value<A> maximum(Value<? extends A> other) {
    return call("maximum", other);
  }

  public Value<A> minimum(Value<? extends A> other) {
    return call("minimum", other);
  }

  /** At least {@code low} and at most {@code high}. */
  public Value<A> clip(double low, double high) {
    return this.<A>call("clamp_min", low).call("clamp_max", high);
  }

  public Value<A> neg() {
    return call("neg");
  }

  public Value<A> abs() {
    return call("abs");
  }

  public Value<A> sign() {
    return call("sign");
  }

  public Value<A> floor() {
    return call("floor");
  }

  public Value<A> ceil() {
    return call("ceil");
  }

  /** To the nearest whole number, halves to the even one. */
  public Value<A> round() {
    return call("round");
  }

  public Value<A> square() {
    return call("square");
  }

  public Value<A> exp() {
    return call("exp");
  }

  public Value<A> log() {
    return call("log");
  }

  public Value<A> sqrt() {
    return call("sqrt");
  }

  public Value<A> rsqrt() {
    return call("rsqrt");
  }

  public Value<A> sin() {
    return call("sin");
  }

  public Value<A> cos() {
    return call("cos");
  }

  public Value<A> tanh() {
    return call("tanh");
  }

  public Value<A> sigmoid() {
    return call("sigmoid");
  }

  public Value<A> erf() {
    return call("erf");
  }

  public Value<A> reciprocal() {
    return call("reciprocal");
  }

  public Value<A> relu() {
    return call("relu");
  }

  public Value<A> silu() {
    return call("silu");
  }

  /** The exact form, with erf. */
  public Value<A> gelu() {
    return call("gelu");
  }

  /** The form with tanh, GPT-2's {@code gelu_new}. */
  public Value<A> geluTanh() {
    return call("gelu_tanh");
  }

  // Comparison and choice.

  public Value<A> eq(Value<? extends A> other) {
    return call("eq", other);
  }

  public Value<A> eq(double number) {
    return call("eq_real", number);
  }

  public Value<A> neq(Value<? extends A> other) {
    return call("ne", other);
  }

  public Value<A> neq(double number) {
    return call("ne_real", number);
  }

  public Value<A> lt(Value<? extends A> other) {
    return call("lt", other);
  }

  public Value<A> lt(double number) {
    return call("lt_real", number);
  }

  public Value<A> lte(Value<? extends A> other) {
    return call("le", other);
  }

  public Value<A> lte(double number) {
    return call("le_real", number);
  }

  public Value<A> gt(Value<? extends A> other) {
    return call("gt", other);
  }

  public Value<A> gt(double number) {
    return call("gt_real", number);
  }

  public Value<A> gte(Value<? extends A> other) {
    return call("ge", other);
  }

  public Value<A> gte(double number) {
    return call("ge_real", number);
  }

  public Value<A> logicalAnd(Value<? extends A> other) {
    return call("logical_and", other);
  }

  public Value<A> logicalOr(Value<? extends A> other) {
    return call("logical_or", other);
  }

  public Value<A> logicalXor(Value<? extends A> other) {
    return call("logical_xor", other);
  }

  public Value<A> logicalNot() {
    return call("logical_not");
  }

  public Value<A> isNaN() {
    return call("isnan");
  }

  public Value<A> isInfinite() {
    return call("isinf");
  }

  /** This value's element where {@code condition} holds, the other's elsewhere. */
  public Value<A> where(Value<?> condition, Value<? extends A> otherwise) {
    return recording.call("where", condition, this, otherwise);
  }

  // Reductions; no axes means all of them.

  public Value<Axis> sum(int... axes) {
    return reduce("sum", false, axes);
  }

  public Value<Axis> mean(int... axes) {
    return reduce("mean", false, axes);
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

  public Value<Axis> any(int... axes) {
    return reduce("any", false, axes);
  }

  public Value<Axis> all(int... axes) {
    return reduce("all", false, axes);
  }

  /**
   * A reduction whose axes stay with length 1, so that the result broadcasts against this value.
   *
   * @param name sum, mean, max, min, var, std, norm, any or all
   */
  public Value<Axis> keepAxes(String name, int... axes) {
    given(name, "keepAxes");
    if (!REDUCTIONS.contains(name)) {
      throw recording.fail(
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

  public Value<A> softmax(int axis) {
    return call("softmax", (long) axis);
  }

  public Value<A> logSoftmax(int axis) {
    return call("log_softmax", (long) axis);
  }

  /** The {@code k} largest elements of an axis, largest first. */
  public TopK topK(int k, int axis) {
    return new TopK(
        call("topk_values", (long) k, (long) axis), call("topk_indices", (long) k, (long) axis));
  }

  /** The largest elements of an axis, and where they stood. */
  public record TopK(Value<Axis> values, Value<Axis> indices) {}

  // Products and arrangement.

  /** The matrix product over the last axis of this and the second last of {@code other}. */
  public <B> Value<B> matMul(Value<B> other) {
    return call("matmul", other);
  }

  public Value<Axis> matMul(Tensor other) {
    return call("matmul", recording.constant(other));
  }

  public Value<Axis> reshape(long... shape) {
    return call("reshape", shape);
  }

  /** The axes in another order; without arguments, in reverse. */
  public Value<Axis> transpose(int... axes) {
    given(axes, "transpose");
    int[] order =
        axes.length > 0
            ? axes
            : IntStream.iterate(meta.dims().rank() - 1, i -> i - 1)
                .limit(meta.dims().rank())
                .toArray();
    return call("permute", longs(order));
  }

  /** Two axes exchanged. */
  public Value<Axis> swapAxes(int first, int second) {
    int[] order = IntStream.range(0, meta.dims().rank()).toArray();
    int a = checked(() -> meta.dims().axis(first));
    int b = checked(() -> meta.dims().axis(second));
    order[a] = b;
    order[b] = a;
    return call("permute", longs(order));
  }

  public Value<Axis> expandDims(int axis) {
    return call("unsqueeze", (long) axis);
  }

  public Value<Axis> squeeze(int axis) {
    return call("squeeze", (long) axis);
  }

  /** This value and another joined along an existing axis. */
  public Value<Axis> concat(Value<?> other, int axis) {
    return recording.call("concat", Arrays.asList(this, other), (long) axis);
  }

  /** This value and others of the same shape along a new axis. */
  @SafeVarargs
  public final Value<Axis> stack(int axis, Value<? extends A>... others) {
    given(others, "stack");
    List<Value<?>> parts = new ArrayList<>(List.of(this));
    parts.addAll(Arrays.asList(others));
    return recording.call("stack", parts, (long) axis);
  }

  public Value<A> toType(DType dtype) {
    given(dtype, "toType");
    return call("cast", dtype.name());
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
            "as(%s) needs the width %d, found %s".formatted(axis.getSimpleName(), width, dims),
            UserFrames.here());
      }
    }
    return (Value<B>) this;
  }

  // For the recorder.

  Recording recording() {
    return recording;
  }

  int node() {
    return node.id();
  }

  public Meta meta() {
    return meta;
  }

  public Moment moment() {
    return moment;
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

  private <B> Value<B> call(String op, Object... rest) {
    Object[] args = new Object[rest.length + 1];
    args[0] = this;
    System.arraycopy(rest, 0, args, 1, rest.length);
    return recording.call(op, args);
  }

  /** Whole numbers keep tensors of whole numbers whole. */
  private Value<A> number(String op, double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < 1L << 53;
    return whole && !meta.dtype().isFloating()
        ? call(op + "_int", (long) number)
        : call(op + "_real", number);
  }

  private Value<Axis> reduce(String name, boolean keep, int... axes) {
    given(axes, name);
    return call(name, longs(axes), keep);
  }

  private void given(@Nullable Object argument, String what) {
    if (argument == null) {
      throw recording.fail(
          "%s of %s: an argument is null".formatted(what, describe()), UserFrames.here());
    }
  }

  private <T> T checked(Supplier<T> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw recording.fail(describe() + ": " + e.getMessage(), UserFrames.here());
    }
  }

  private static long[] longs(int[] numbers) {
    return IntStream.of(numbers).asLongStream().toArray();
  }

  @Override
  public String toString() {
    return "Value(" + describe() + ", " + meta + ")";
  }
}
