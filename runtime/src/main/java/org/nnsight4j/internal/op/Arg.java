package org.nnsight4j.internal.op;

import java.util.List;

/** One argument of a recorded call: another node, or plain data. */
public sealed interface Arg {
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
