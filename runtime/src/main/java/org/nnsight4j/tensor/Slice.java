package org.nnsight4j.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.ShapeException;

/**
 * The part of an index that concerns one axis. Indices are written with types, {@code
 * get(Slice.all(), Slice.at(-1))}, or as in DJL's NDArray and NumPy, {@code get(":, -1")}.
 */
public sealed interface Slice {
  /** One element; the axis goes away. Negative numbers count from the end. */
  record At(long index) implements Slice {}

  /** A part of the axis; null means from the start, or to the end. */
  record Range(@Nullable Long begin, @Nullable Long end, long step) implements Slice {}

  /** All axes that the index does not name ({@code ...}). */
  record Rest() implements Slice {}

  /** A new axis of length 1. */
  record NewAxis() implements Slice {}

  static Slice at(long index) {
    return new At(index);
  }

  static Slice all() {
    return new Range(null, null, 1);
  }

  static Slice range(long begin, long end) {
    return new Range(begin, end, 1);
  }

  static Slice range(long begin, long end, long step) {
    return new Range(begin, end, step);
  }

  static Slice from(long begin) {
    return new Range(begin, null, 1);
  }

  static Slice to(long end) {
    return new Range(null, end, 1);
  }

  static Slice rest() {
    return new Rest();
  }

  static Slice newAxis() {
    return new NewAxis();
  }

  /**
   * Reads an index such as {@code "0, :, 2:5, ..., -1"}.
   *
   * @throws ShapeException if the text is not an index
   */
  static List<Slice> parse(String text) {
    List<Slice> slices = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      slices.add(parseOne(part.trim(), text));
    }
    return slices;
  }

  private static Slice parseOne(String part, String text) {
    if (part.equals("...")) {
      return rest();
    }
    if (part.equals("None") || part.equals("null")) {
      return newAxis();
    }
    try {
      String[] ends = part.split(":", -1);
      return switch (ends.length) {
        case 1 -> at(Long.parseLong(ends[0].trim()));
        case 2 -> new Range(end(ends[0]), end(ends[1]), 1);
        case 3 -> new Range(end(ends[0]), end(ends[1]), step(ends[2]));
        default -> throw new NumberFormatException(part);
      };
    } catch (NumberFormatException e) {
      throw new ShapeException(
          "'%s' is no index: '%s' is neither a number, a range such as 1:3, nor ... (as in NDArray)"
              .formatted(text, part));
    }
  }

  private static @Nullable Long end(String text) {
    return text.isBlank() ? null : Long.valueOf(text.trim());
  }

  private static long step(String text) {
    return text.isBlank() ? 1 : Long.parseLong(text.trim());
  }
}
