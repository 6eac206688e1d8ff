package org.nnsight4j.models.gpt2.operations;

import java.util.Arrays;
import java.util.List;

/**
 * An operation with its arguments, written only when an assertion fails: of the thousands of cases
 * that pass, writing the tensors took a fifth of the time.
 */
record Described(String op, List<Object> args) {
  @Override
  public String toString() {
    return op
        + args.stream()
            .map(arg -> arg instanceof long[] wholes ? Arrays.toString(wholes) : arg.toString())
            .toList();
  }
}
