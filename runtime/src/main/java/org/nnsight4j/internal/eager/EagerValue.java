package org.nnsight4j.internal.eager;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A value whose numbers are here, so that each operation is computed when it is called. Next to a
 * value of a run it is a constant of that run.
 *
 * @param <A> the width (last axis)
 */
@NotUserCode
public final class EagerValue<A> extends Value<A> implements Operand {
  private final Tensor tensor;
  private final String what;
  private final Dims dims;
  private final SourceLine line = UserFrames.here();

  EagerValue(Tensor tensor, String what, Dims dims) {
    this.tensor = tensor;
    this.what = what;
    // The lengths are those of the numbers; the rule may know names.
    this.dims =
        dims.rank() == tensor.rank() ? dims.resolved(tensor.shape()) : Dims.of(tensor.shape());
  }

  /** Numbers from outside. */
  public static <A> Value<A> of(Tensor tensor) {
    return new EagerValue<>(tensor, "tensor", Dims.of(tensor.shape()));
  }

  @Override
  public Tensor tensor() {
    return tensor;
  }

  @Override
  public Tensor numbers() {
    return tensor;
  }

  @Override
  public Dims shape() {
    return dims;
  }

  @Override
  public DType dtype() {
    return tensor.dtype();
  }

  @Override
  public SourceLine line() {
    return line;
  }

  @Override
  public Saved<A> save() {
    return new EagerSaved<>(tensor, UserFrames.here());
  }

  // What belongs to a run.

  @Override
  public void set(Value<? extends A> value) {
    throw notInARun("set() replaces a site of a model during a run");
  }

  @Override
  public void set(Tensor value) {
    throw notInARun("set() replaces a site of a model during a run");
  }

  @Override
  public void set(double value) {
    throw notInARun("set() replaces a site of a model during a run");
  }

  @Override
  public void set(long value) {
    throw notInARun("set() replaces a site of a model during a run");
  }

  @Override
  public Value<A> gradient(Value<?> scalar) {
    throw notInARun("gradient() is taken in a run");
  }

  @Override
  public Value<A> gradients(Value<?> output, Value<?> directions) {
    throw notInARun("gradients() are taken in a run");
  }

  @Override
  public void setGradient(Value<?> scalar, Value<? extends A> gradient) {
    throw notInARun("setGradient() is of a run");
  }

  @Override
  public Value<A> at(int position) {
    throw notInARun("at(%s) takes each row's own token of a run".formatted(position));
  }

  @Override
  public Value<A> fillPadding(double number) {
    throw notInARun("fillPadding(%s) is of each row's own tokens in a run".formatted(number));
  }

  @Override
  public Value<A> meanOverTokens() {
    throw notInARun("meanOverTokens() is of each row's own tokens in a run");
  }

  private RecordingException notInARun(String purpose) {
    return fail(
        "%s; the numbers of %s are here and belong to none. Use get(...), where(...), scatter(...), or record this in a run"
            .formatted(purpose, describe()));
  }

  // Parts.

  @Override
  public Value<A> get(String index) {
    return part(checked(() -> Slice.parse(index)));
  }

  @Override
  public Value<A> get(Slice... index) {
    return part(List.of(index));
  }

  private Value<A> part(List<Slice> index) {
    return call("get", this, checked(() -> SliceCodes.of(dims, index)));
  }

  @Override
  public Value<A> constant(Tensor other) {
    return of(other);
  }

  @SuppressWarnings("unchecked")
  @Override
  public <B extends Axis> Value<B> as(Class<B> axis) {
    return (Value<B>) this;
  }

  // Control flow is Java's.

  @Override
  public <B> Value<B> cond(Supplier<Value<B>> then, Supplier<Value<B>> otherwise) {
    return truth() ? then.get() : otherwise.get();
  }

  @Override
  public void cond(Runnable then) {
    if (truth()) {
      then.run();
    }
  }

  @Override
  public void cond(Runnable then, Runnable otherwise) {
    if (truth()) {
      then.run();
    } else {
      otherwise.run();
    }
  }

  private boolean truth() {
    if (dtype() != DType.BOOL || tensor.size() != 1) {
      throw fail("cond needs one truth value, %s is %s".formatted(describe(), tensor.header()));
    }
    return tensor.item() != 0;
  }

  @Override
  public Value<A> iterate(
      int most, UnaryOperator<Value<A>> body, Function<Value<A>, Value<?>> until) {
    Value<A> current = this;
    for (int i = 0; i < most && until.apply(current).tensor().item() == 0; i++) {
      current = body.apply(current);
    }
    return current;
  }

  @Override
  public Value<A> hostCall(UnaryOperator<Tensor> function) {
    return of(function.apply(tensor));
  }

  @Override
  public <B> Value<B> hostCall(
      Value<B> like, Function<List<Tensor>, Tensor> function, Value<?>... more) {
    List<Tensor> arguments = new ArrayList<>(List.of(tensor));
    Arrays.stream(more).map(Value::tensor).forEach(arguments::add);
    return of(function.apply(arguments));
  }

  @Override
  public void peek(Consumer<Tensor> look) {
    look.accept(tensor);
  }

  // For the operations.

  @SuppressWarnings("unchecked") // The calling method guarantees the width of the result.
  private static <B> Value<B> call(String op, Object... args) {
    return (Value<B>) EagerCalls.call(op, args);
  }

  private <T> T checked(Supplier<T> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw fail(describe() + ": " + e.getMessage());
    }
  }

  @Override
  public Object record(String op, @Nullable Object... args) {
    return EagerCalls.call(op, args);
  }

  @Override
  public Object constantBeside(Tensor other) {
    return of(other);
  }

  @Override
  public RecordingException fail(String message) {
    return EagerCalls.refused(message);
  }

  @Override
  public String describe() {
    return what + " " + tensor.header();
  }

  @Override
  public String toString() {
    return tensor.toString();
  }
}
