package org.nnsight4j.internal.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.operand.Operand;
import org.nnsight4j.values.Value;

/**
 * Turns what users pass to a recorded call into arguments of a node; each must belong to this
 * recording, or to an earlier run of its session.
 */
final class Arguments {
  private final Recording recording;

  Arguments(Recording recording) {
    this.recording = recording;
  }

  /** The id of a value's node. */
  int node(Value<?> value, String what, SourceLine line) {
    return value(value, what, line).id();
  }

  /** The value as a value of this recording. */
  RecordedValue<?> value(Value<?> value, String what, SourceLine line) {
    given(value, what, line);
    if (value instanceof Operand operand && operand.numbers() != null) {
      return recording.constant(operand.numbers());
    }
    RecordedValue<?> given = RecordedValue.of(value);
    RecordedValue<?> own =
        given.recording() == recording ? given : recording.bridges().of(given, what, line);
    if (own == null && recording.bridges().isBefore(given.recording())) {
      throw recording.fail(
          "%s: the value recorded at %s is of a later run of the session, and does not exist yet in this one; record this in the later run, or open that run first"
              .formatted(what, value.line()),
          line);
    }
    if (own == null) {
      throw recording.fail(
          "%s: the value recorded at %s belongs to another run. Save it there, and use saved.value() here"
              .formatted(what, value.line()),
          line);
    }
    visible(own.id(), what, line);
    return own;
  }

  /** The value as a value of this recording, with the same width. */
  @SuppressWarnings("unchecked")
  <A> RecordedValue<A> own(Value<A> value, String what, SourceLine line) {
    return (RecordedValue<A>) value(value, what, line);
  }

  Arg of(@Nullable Object argument, String what, SourceLine line) {
    given(argument, what, line);
    if (argument instanceof Value<?> value) {
      return new Arg.Ref(node(value, what, line));
    } else if (argument instanceof List<?> list) {
      return new Arg.Refs(list.stream().map(v -> node((Value<?>) v, what, line)).toList());
    } else if (argument instanceof Double real) {
      return new Arg.Real(real);
    } else if (argument instanceof Number whole) {
      return new Arg.Int(whole.longValue());
    } else if (argument instanceof long[] wholes) {
      return Arg.Ints.of(wholes);
    } else if (argument instanceof Boolean flag) {
      return new Arg.Flag(flag);
    }
    return new Arg.Text(String.valueOf(argument));
  }

  /** Refuses a value of a closed loop or branch. */
  void visible(int node, String what, SourceLine line) {
    ControlBlock hidden = recording.blocks().hiddenIn(node);
    if (hidden instanceof ControlBlock.Steps) {
      throw recording.fail(
          "%s: the value recorded at %s exists anew at each step of the loop opened at %s; save it there and read saved.values(), or hand it on with fold(...)"
              .formatted(what, recording.value(node).line(), hidden.line()),
          line);
    } else if (hidden != null) {
      throw recording.fail(
          "%s: the value recorded at %s exists only inside the branch opened at %s; return it from there with cond(then, otherwise)"
              .formatted(what, recording.value(node).line(), hidden.line()),
          line);
    }
  }

  /** Users without a null checker get a message instead of a stack trace. */
  void given(@Nullable Object argument, String what, SourceLine line) {
    if (argument == null) {
      throw recording.fail(what + ": an argument is null", line);
    }
  }
}
