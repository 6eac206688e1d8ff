package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.operand.Operand;
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * The implementation of a user's value: its node, and the recording that its operations go to.
 *
 * @param <A> the width (last axis), a descriptor's {@code Axis}
 */
@NotUserCode
public final class RecordedValue<A> extends Value<A> implements Operand {
  private final Recording recording;
  private final Node node;
  private final Meta meta;
  private final @Nullable SitePlace place;
  private final @Nullable Rows rows;

  RecordedValue(
      Recording recording, Node node, Meta meta, @Nullable SitePlace place, @Nullable Rows rows) {
    this.recording = recording;
    this.node = node;
    this.meta = meta;
    this.place = place;
    this.rows = rows;
  }

  // What is known about the value.

  @Override
  public Dims shape() {
    return meta.dims();
  }

  @Override
  public DType dtype() {
    return meta.dtype();
  }

  @Override
  public SourceLine line() {
    return node.line();
  }

  @Override
  public Tensor tensor() {
    throw fail(
        "tensor(): %s has no numbers before the run; save() it and read saved.value() after the run, or look at it during the run by peek(...)"
            .formatted(describe()));
  }

  // Keeping and replacing.

  @Override
  public Saved<A> save() {
    return recording.saves().save(this);
  }

  @Override
  public void set(Value<? extends A> value) {
    recording.writes().write(this, value);
  }

  @Override
  public void set(Tensor value) {
    recording.writes().write(this, recording.constant(value));
  }

  @Override
  public void set(double value) {
    if (!dtype().isFloating() && value != Math.rint(value)) {
      throw recording.fail(
          "set(%s): %s holds %s, which needs an integer".formatted(value, describe(), dtype()),
          UserFrames.here());
    }
    boolean fits =
        switch (dtype()) {
          case INT64 -> value >= -0x1p63 && value < 0x1p63;
          case INT32 -> value == (int) value;
          default -> true;
        };
    checkRange(value, fits);
    set(Tensor.of(new double[] {value}), dtype());
  }

  @Override
  public void set(long value) {
    if (dtype().isFloating()) {
      set((double) value);
    } else {
      checkRange(value, dtype() != DType.INT32 || value == (int) value);
      set(Tensor.of(new long[] {value}), dtype());
    }
  }

  private void set(Tensor number, DType held) {
    recording
        .writes()
        .write(this, recording.callHere(null, "cast", recording.constant(number), held.name()));
  }

  private void checkRange(Object value, boolean fits) {
    if (!fits) {
      throw recording.fail(
          "set(%s): %s holds %s, which is too narrow for it".formatted(value, describe(), dtype()),
          UserFrames.here());
    }
  }

  @Override
  public Value<A> gradient(Value<?> scalar) {
    return recording.gradients().gradient(scalar, this);
  }

  @Override
  public Value<A> gradients(Value<?> output, Value<?> directions) {
    return recording.gradients().gradients(output, this, directions);
  }

  @Override
  public void setGradient(Value<?> scalar, Value<? extends A> gradient) {
    recording.gradients().replace(scalar, this, gradient);
  }

  // Parts.

  @Override
  public Value<A> get(String index) {
    given(index, "get");
    return get(index, checked(() -> Slice.parse(index)));
  }

  @Override
  public Value<A> get(Slice... index) {
    given(index, "get");
    for (Slice slice : index) {
      given(slice, "get");
    }
    return get(List.of(index).toString(), List.of(index));
  }

  private Value<A> get(String text, List<Slice> index) {
    long[] codes = checked(() -> SliceCodes.of(meta.dims(), index));
    SitePlace.Part part =
        new SitePlace.Part(
            whole -> recording.callHere(null, "get", whole, codes),
            (whole, value) -> recording.callHere(null, "put", whole, codes, value),
            "[" + text + "]");
    RecordedValue<A> taken = recording.callAt(placeOf(part), "get", this, codes);
    recording.parameters().part(this, taken, codes);
    return taken;
  }

  @Override
  public Value<A> fillPadding(double number) {
    int axis = tokenAxis("fillPadding(" + number + ")");
    return recording.callAt(
        null, "fill_padding", this, ownToken(0), ownToken(-1), (long) axis, number);
  }

  @Override
  public Value<A> meanOverTokens() {
    int axis = tokenAxis("meanOverTokens()");
    return recording.callAt(null, "mean_tokens", this, ownToken(0), ownToken(-1), (long) axis);
  }

  /** The place of a token in each row. */
  private Value<A> ownToken(int position) {
    Rows own = Objects.requireNonNull(rows, "checked before");
    return own.run().positions(own, position, new Meta(Dims.of(meta.dims().get(0)), DType.INT64));
  }

  /** The axis of the tokens, if each row's own are known. */
  private int tokenAxis(String what) {
    int axis = meta.dims().find(Dim.POSITION);
    if (axis <= 0 || rows == null) {
      throw recording.fail(
          "%s takes each row's own tokens of a site, or of what was computed from one invoker's sites, and needs the position axis; this value is %s %s. Use get(...)"
              .formatted(what, describe(), shape()),
          UserFrames.here());
    }
    if (!meta.dims().get(0).is(Dim.BATCH)) {
      throw recording.fail(
          "%s takes each row's own tokens and needs the whole rows; this value has the shape %s. Call %s first, then get(...)"
              .formatted(
                  what,
                  shape(),
                  what.startsWith("mean") ? what : what.replaceAll("\\(.*", "(...)")),
          UserFrames.here());
    }
    return axis;
  }

  @Override
  public Value<A> at(int position) {
    int axis = tokenAxis("at(" + position + ")");
    Dim length = meta.dims().get(axis);
    if (length.isKnown() && (position >= length.size() || position < -length.size())) {
      throw recording.fail(
          "at(%s) is outside the prompt: %s has %s"
              .formatted(position, describe(), Counted.of(length.size(), "position")),
          UserFrames.here());
    }
    Value<A> tokens = ownToken(position);
    SitePlace.Part part =
        new SitePlace.Part(
            whole -> recording.callHere(null, "at", whole, tokens, (long) axis),
            (whole, value) -> recording.callHere(null, "put_at", whole, tokens, (long) axis, value),
            ".at(" + position + ")");
    return recording.callAt(placeOf(part), "at", this, tokens, (long) axis);
  }

  private @Nullable SitePlace placeOf(SitePlace.Part part) {
    return place == null ? null : place.part(part);
  }

  @Override
  public Value<A> constant(Tensor tensor) {
    return recording.constant(tensor);
  }

  @SuppressWarnings("unchecked")
  @Override
  public <B extends Axis> Value<B> as(Class<B> axis) {
    given(axis, "as");
    Integer width = recording.width(axis);
    Dims dims = meta.dims();
    if (width != null && dims.rank() > 0) {
      Dim last = dims.get(-1);
      // If an axis of the inputs has that length, it is by chance.
      boolean other =
          last.isOfInput() || (last.isKnown() && last.size() != width && last.size() != 1);
      if (other) {
        throw recording.fail(
            "as(%s) needs the width %s, or 1, which combines with every width; %s has the shape %s%s"
                .formatted(
                    axis.getSimpleName(),
                    width,
                    describe(),
                    dims,
                    last.isOfInput() ? ". A reduction keeps its axis by norm(-1, true)" : ""),
            UserFrames.here());
      }
    }
    return (Value<B>) this;
  }

  // Control flow inside the run.

  @Override
  public <B> Value<B> cond(Supplier<Value<B>> then, Supplier<Value<B>> otherwise) {
    return new Branches(this).choose(then, otherwise);
  }

  @Override
  public void cond(Runnable then) {
    new Branches(this).branch(true, then);
  }

  @Override
  public void cond(Runnable then, Runnable otherwise) {
    Branches branches = new Branches(this);
    branches.branch(true, then);
    branches.branch(false, otherwise);
  }

  @Override
  public Value<A> iterate(
      int most, UnaryOperator<Value<A>> body, Function<Value<A>, Value<?>> until) {
    return Branches.iterate(this, most, body, until);
  }

  @Override
  public Value<A> hostCall(UnaryOperator<Tensor> function) {
    given(function, "hostCall");
    return recording.hostCall(meta, tensors -> function.apply(tensors.get(0)), List.of(this));
  }

  @Override
  public <B> Value<B> hostCall(
      Value<B> like, Function<List<Tensor>, Tensor> function, Value<?>... more) {
    given(function, "hostCall");
    given(like, "hostCall");
    List<Value<?>> arguments = new ArrayList<>(List.of(this));
    arguments.addAll(Arrays.asList(more));
    return recording.hostCall(of(like).meta(), function, arguments);
  }

  @Override
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

  private void given(@Nullable Object argument, String what) {
    recording.arguments().given(argument, what + " of " + describe(), UserFrames.here());
  }

  private <T> T checked(Supplier<T> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw fail(describe() + ": " + e.getMessage());
    }
  }

  // For the recorder.

  /** The implementation of a user's value. */
  public static <A> RecordedValue<A> of(Value<A> value) {
    if (value instanceof RecordedValue<A> own) {
      return own;
    }
    throw new IllegalArgumentException(
        "expected a value that a model's site or an operation gave, found " + value.getClass());
  }

  @Override
  public Object record(String op, Object... args) {
    return recording.call(op, args);
  }

  @Override
  public Object constantBeside(Tensor tensor) {
    return recording.bridges().home(this).constant(tensor);
  }

  @Override
  public RecordingException fail(String message) {
    return recording.fail(message, UserFrames.here());
  }

  public Recording recording() {
    return recording;
  }

  /** Keeps the value for a later run of the session; returns the id of the save. */
  public int keep() {
    if (recording.blocks().isInside(node.id())) {
      throw recording.fail(
          "the value recorded at %s is inside a loop or branch of its run; hand it out of there first"
              .formatted(line()),
          UserFrames.here());
    }
    return recording.saves().keep(this);
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

  @Nullable SitePlace place() {
    return place;
  }

  /** Describes this value in messages: a site or an operation. */
  @Override
  public String describe() {
    return node.describe();
  }

  @Override
  public String toString() {
    return "Value(" + describe() + ", " + meta + ")";
  }
}
