package org.nnsight4j.internal.pin;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The names of axes in a written shape, such as {@code [batch, position, hidden 768]}. */
final class AxisNames {
  /** Stands for axes that are not stated. */
  static final String OPEN = "...";

  private AxisNames() {}

  /** The shape without lengths. */
  static String only(String shape) {
    return Arrays.stream(shape.substring(1, shape.length() - 1).split(",\\s*", -1))
        .map(axis -> axis.split(" ", 2)[0])
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Whether two fully stated shapes have different axes. */
  static boolean contradict(String first, String second) {
    return !first.contains(OPEN) && !second.contains(OPEN) && !only(first).equals(only(second));
  }
}
