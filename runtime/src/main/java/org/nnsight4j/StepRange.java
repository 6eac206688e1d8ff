package org.nnsight4j;

import com.google.errorprone.annotations.CheckReturnValue;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Loops;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * Several steps of generation (nnsight's {@code tracer.iter[from:to]}). What a body records happens
 * at each of these steps that the run makes; a step that never happens is not an error.
 *
 * @param <M> the descriptor
 */
@CheckReturnValue
@NotUserCode
public final class StepRange<M> {
  static final int OPEN = ControlBlock.Steps.OPEN;

  private final Recording recording;
  private final Loops loops;
  private final M model;

  StepRange(Recording recording, M model, int from, int to) {
    this.recording = recording;
    this.loops = new Loops(recording, from, to);
    this.model = model;
  }

  private void given(@Nullable Object body) {
    if (body == null) {
      throw recording.fail("steps: the body is null", UserFrames.here());
    }
  }

  /** Records what happens at each step. */
  public void forEach(Consumer<M> body) {
    given(body);
    Object done =
        loops.each(
            () -> {
              body.accept(model);
              return this;
            });
    assert done == this;
  }

  /** Records what happens at each step, given its number: INT64, without axes. */
  public void forEach(BiConsumer<M, Value<Axis>> body) {
    given(body);
    Object done =
        loops.each(
            () -> {
              body.accept(model, recording.stepIndex());
              return this;
            });
    assert done == this;
  }

  /**
   * Records what happens at each step, and returns what the body returns: handles of saved values,
   * with one tensor for each step that happened.
   */
  public <R> R each(Function<M, R> body) {
    given(body);
    return loops.each(() -> body.apply(model));
  }

  /**
   * A value that each step hands on to the next.
   *
   * @param initial what the first step gets
   * @param body returns what the next step gets, with the shape and data type of the initial value
   * @return what the last step handed on, or the initial value if there was no step; it exists
   *     after the run's last step, so you can save it and compute with it, but not write it to a
   *     site
   */
  public <A> Value<A> fold(Value<A> initial, BiFunction<M, Value<A>, Value<A>> body) {
    given(body);
    return loops.fold(initial, carried -> body.apply(model, carried));
  }
}
