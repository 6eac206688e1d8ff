package org.nnsight4j.internal.options;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.internal.spelling.HalfCharacters;

/** The range of each single option; {@code name} says where the value came from. */
public final class OptionRanges {
  private OptionRanges() {}

  public static int atLeast(int least, String name, int value) {
    if (value < least) {
      throw new OptionsException("%s must be at least %s, found %s".formatted(name, least, value));
    }
    return value;
  }

  /** Users without a null checker get a message instead of a stack trace. */
  public static void given(String name, @Nullable Object value) {
    if (value == null) {
      throw new OptionsException(name + " is null; leave the option out instead");
    }
  }

  public static double positive(String name, double value, String advice) {
    if (!((float) value > 0) || Float.isInfinite((float) value)) {
      throw new OptionsException(
          "%s must be a positive number that a 32-bit float can hold, found %s%s"
              .formatted(name, value, advice));
    }
    return value;
  }

  public static double probability(String name, double value) {
    if (!(value > 0 && value <= 1)) {
      throw new OptionsException(
          "%s must be above 0 and at most 1, found %s; 1 keeps all tokens".formatted(name, value));
    }
    return value;
  }

  public static double finite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new OptionsException("%s must be a finite number, found %s".formatted(name, value));
    }
    return value;
  }

  public static long tokenId(String name, long value) {
    if (value < 0) {
      throw new OptionsException(
          "%s must be a token id, which is at least 0, found %s".formatted(name, value));
    }
    return value;
  }

  public static List<String> stopStrings(String name, List<String> values) {
    if (values.contains("")) {
      throw new OptionsException(
          "%s must not contain the empty string, which every text contains; found %s"
              .formatted(name, values));
    }
    for (String value : values) {
      HalfCharacters.in(value)
          .ifPresent(
              half -> {
                throw new OptionsException("%s must be texts: %s".formatted(name, half));
              });
    }
    return values;
  }
}
