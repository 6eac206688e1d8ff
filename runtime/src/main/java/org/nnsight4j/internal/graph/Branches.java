package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** Records what depends on a truth value. */
@NotUserCode
public final class Branches {
  /** A graph has no jumps, so a longer loop would make its file too large. */
  private static final int MOST_TIMES = 10_000;

  private final Recording recording;
  private final RecordedValue<?> condition;
  private final SourceLine line;

  Branches(RecordedValue<?> condition) {
    this(condition.recording().bridges().home(condition), condition);
  }

  private Branches(Recording recording, Value<?> condition) {
    this.recording = recording;
    this.line = recording.begin("cond");
    this.condition = recording.arguments().value(condition, "cond", line);
    Meta meta = this.condition.meta();
    if (meta.dtype() != DType.BOOL) {
      throw recording.fail(
          "cond needs a truth value, %s is %s; compare it first, as in value.gt(0)"
              .formatted(this.condition.describe(), meta.dtype()),
          line);
    }
    if (meta.dims().isKnown() && meta.dims().count() != 1) {
      throw recording.fail(
          "cond needs one truth value, %s has the shape %s; reduce it with any() or all()"
              .formatted(this.condition.describe(), meta.dims()),
          line);
    }
  }

  public void branch(boolean expected, Runnable body) {
    recording.arguments().given(body, "cond", line);
    inside(
        expected,
        () -> {
          body.run();
          return true;
        });
  }

  public <B> Value<B> choose(Supplier<Value<B>> then, Supplier<Value<B>> otherwise) {
    recording.arguments().given(then, "cond", line);
    recording.arguments().given(otherwise, "cond", line);
    RecordedValue<B> whenTrue = inside(true, () -> given(then.get()));
    RecordedValue<B> whenFalse = inside(false, () -> given(otherwise.get()));
    Node.Merge merge =
        new Node.Merge(recording.size(), condition.id(), whenTrue.id(), whenFalse.id(), line);
    return recording.add(merge, merged(whenTrue.meta(), whenFalse.meta()), null);
  }

  /** The value of a branch must belong to this recording, and be visible at the branch's end. */
  @SuppressWarnings("unchecked")
  private <B> RecordedValue<B> given(Value<B> value) {
    return (RecordedValue<B>) recording.arguments().value(value, "cond", line);
  }

  private <R> R inside(boolean expected, Supplier<R> body) {
    return within(
        recording,
        new ControlBlock.Branch(recording.size(), recording.size(), condition.id(), expected, line),
        body);
  }

  /** Records a body inside a block; a body that fails leaves a recording that does not run. */
  static <R> R within(Recording recording, ControlBlock block, Supplier<R> body) {
    recording.blocks().open(block);
    boolean complete = false;
    try {
      R recorded = body.get();
      complete = true;
      return recorded;
    } finally {
      if (!complete) {
        recording.fail(
            "the body of a loop or branch failed, so its recording is not complete", block.line());
      }
      recording.blocks().close(recording.size());
    }
  }

  private Meta merged(Meta whenTrue, Meta whenFalse) {
    if (whenTrue.dtype() != whenFalse.dtype()
        || whenTrue.dims().rank() != whenFalse.dims().rank()) {
      throw recording.fail(
          "cond gives one of two values, which must have one data type and rank; found %s and %s"
              .formatted(whenTrue, whenFalse),
          line);
    }
    return common(whenTrue, whenFalse);
  }

  /** What is known about a value that is one of two. */
  static Meta common(Meta one, Meta other) {
    List<Dim> axes = new ArrayList<>();
    for (int axis = 0; axis < one.dims().rank(); axis++) {
      Dim left = one.dims().get(axis);
      Dim right = other.dims().get(axis);
      String name = left.name() == null || left.name().equals(right.name()) ? left.name() : null;
      axes.add(
          new Dim(
              left.size() == right.size() ? left.size() : Dim.UNKNOWN,
              name,
              Math.max(left.most(), right.most())));
    }
    return new Meta(new Dims(axes), one.dtype());
  }

  public static <A> Value<A> iterate(
      RecordedValue<A> initial,
      int most,
      UnaryOperator<Value<A>> body,
      Function<Value<A>, Value<?>> until) {
    Recording recording = initial.recording().bridges().home(initial);
    SourceLine line = recording.begin("iterate");
    recording.arguments().given(body, "iterate", line);
    recording.arguments().given(until, "iterate", line);
    if (most < 0 || most > MOST_TIMES) {
      throw recording.fail(
          "iterate(%s, ...) needs 0 to %s: its body is recorded so many times"
              .formatted(most, MOST_TIMES),
          line);
    }
    Value<A> current = initial;
    for (int i = 0; i < most; i++) {
      Value<A> before = current;
      current =
          new Branches(recording, until.apply(before))
              .choose(() -> before, () -> body.apply(before));
    }
    return current;
  }
}
