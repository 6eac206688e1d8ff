package org.nnsight4j.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.op.Arg;

/**
 * What users hand to a recorded step, as arguments of a node; each must belong to this recording.
 */
final class Arguments {
  private final Recording recording;

  Arguments(Recording recording) {
    this.recording = recording;
  }

  /** The number of a value's node. */
  int node(@Nullable Value<?> value, String what, SourceLine line) {
    return ((Arg.Ref) of(value, what, line)).node();
  }

  Arg of(@Nullable Object argument, String what, SourceLine line) {
    given(argument, what, line);
    if (argument instanceof Value<?> value) {
      return new Arg.Ref(own(value, what, line));
    } else if (argument instanceof List<?> list) {
      return new Arg.Refs(list.stream().map(v -> own((Value<?>) v, what, line)).toList());
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

  private int own(Value<?> value, String what, SourceLine line) {
    given(value, what, line);
    if (value.recording() != recording) {
      throw recording.fail(
          "%s: the value recorded at %s belongs to another run. Save it there, and use saved.value() here"
              .formatted(what, value.line()),
          line);
    }
    return value.node();
  }

  /** Users without a null checker get a sentence instead of a stack trace. */
  void given(@Nullable Object argument, String what, SourceLine line) {
    if (argument == null) {
      throw recording.fail(what + ": an argument is null", line);
    }
  }
}
