package org.nnsight4j.internal.op;

import java.util.List;
import java.util.function.IntFunction;

/** One argument of a recorded call: another node, or plain data. */
public sealed interface Arg {
  /**
   * What the engine gets: a number, an array of numbers, a text, or the values of nodes.
   *
   * @param values gives the value of a node
   */
  default Object resolved(IntFunction<?> values) {
    if (this instanceof Ref ref) {
      return values.apply(ref.node());
    } else if (this instanceof Refs refs) {
      return refs.nodes().stream().map(values::apply).toList();
    } else if (this instanceof Int whole) {
      return whole.value();
    } else if (this instanceof Ints wholes) {
      return wholes.toArray();
    } else if (this instanceof Real real) {
      return real.value();
    } else if (this instanceof Flag flag) {
      return flag.value();
    }
    return ((Text) this).value();
  }

  /** The value of a node. */
  record Ref(int node) implements Arg {}

  /** The values of several nodes. */
  record Refs(List<Integer> nodes) implements Arg {
    public Refs {
      nodes = List.copyOf(nodes);
    }
  }

  record Int(long value) implements Arg {}

  record Ints(List<Long> values) implements Arg {
    public Ints {
      values = List.copyOf(values);
    }

    public static Ints of(long... values) {
      return new Ints(java.util.Arrays.stream(values).boxed().toList());
    }

    public long[] toArray() {
      return values.stream().mapToLong(Long::longValue).toArray();
    }
  }

  record Real(double value) implements Arg {}

  record Flag(boolean value) implements Arg {}

  record Text(String value) implements Arg {}
}
