package org.nnsight4j.internal.graph;

import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.op.Assignability;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.values.Value;

/** Records what happens at each of several steps of generation. */
@NotUserCode
public final class Loops {
  private final Recording recording;
  private final int from;
  private final int to;

  /**
   * Creates a loop from one step to before another.
   *
   * @param to {@link ControlBlock.Steps#OPEN} for as long as the run continues
   * @throws org.nnsight4j.error.RecordingException if there is no such range
   */
  public Loops(Recording recording, int from, int to) {
    if (from < 0 || to <= from) {
      throw recording.fail(
          "steps(%s, %s) is no range of steps: they count from 0, and the end is behind the last"
              .formatted(from, to),
          UserFrames.here());
    }
    this.recording = recording;
    this.from = from;
    this.to = to;
  }

  /** Records the body once, for all steps. */
  public <R> R each(Supplier<R> body) {
    SourceLine line = recording.begin("steps");
    recording.arguments().given(body, "steps", line);
    ControlBlock.Steps outer = recording.blocks().loop();
    if (outer != null) {
      throw recording.fail(
          "a loop over steps cannot be inside another, which was opened at " + outer.line(), line);
    }
    return Branches.within(
        recording,
        new ControlBlock.Steps(recording.size(), recording.size(), from, to, line),
        body);
  }

  /**
   * Records a loop whose steps hand on a value; returns what the last step handed on, or the
   * initial value if there was no step.
   */
  public <A> Value<A> fold(Value<A> initial, UnaryOperator<Value<A>> body) {
    SourceLine line = recording.begin("fold");
    recording.arguments().given(body, "fold", line);
    RecordedValue<?> start = recording.arguments().value(initial, "fold", line);
    RecordedValue<A> carry =
        each(
            () -> {
              RecordedValue<A> current =
                  recording.add(
                      new Node.Carry(recording.size(), start.id(), line), start.meta(), null);
              checkStart(start, line);
              RecordedValue<?> next =
                  recording.arguments().value(body.apply(current), "fold", line);
              try {
                Assignability.check(start.meta(), next.meta());
              } catch (ShapeException e) {
                throw recording.fail(
                    "fold: each step hands on a value like the initial one: " + e.getMessage(),
                    line);
              }
              recording.add(
                  new Node.Next(recording.size(), current.id(), next.id(), line),
                  start.meta(),
                  null);
              return current;
            });
    return recording.add(
        new Node.LoopResult(recording.size(), carry.id(), start.id(), line), start.meta(), null);
  }

  private void checkStart(RecordedValue<?> start, SourceLine line) {
    if (start.moment().step() > from) {
      throw recording.fail(
          "fold: the initial value exists at step %s only, the loop begins at step %s"
              .formatted(start.moment().step(), from),
          line);
    }
  }
}
