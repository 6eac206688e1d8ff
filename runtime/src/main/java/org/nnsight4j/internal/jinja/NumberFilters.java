package org.nnsight4j.internal.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** The filters {@code int}, {@code float} and {@code round}. */
final class NumberFilters {
  private NumberFilters() {}

  static Object integer(Object value, Object otherwise) {
    if (Numbers.isInteger(value)) {
      return Numbers.integer(Numbers.big(value));
    }
    try {
      if (value instanceof String text && text.strip().matches("[+-]?\\d+")) {
        return Numbers.integer(new BigInteger(text.strip()));
      }
      return Numbers.integer(
          new BigDecimal(value instanceof Double real ? real : Double.parseDouble(text(value)))
              .toBigInteger());
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  static Object real(Object value, Object otherwise) {
    try {
      return Numbers.isNumber(value) ? Numbers.real(value) : Double.parseDouble(text(value));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private static String text(Object value) {
    String text = value instanceof String some ? some.strip() : "";
    if (!text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
      throw new NumberFormatException(text);
    }
    return text;
  }

  static Object rounded(Object value, CallArguments given) {
    int digits = given.integer(0, "precision", 0);
    RoundingMode mode =
        switch (given.text(1, "method", "common")) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new TemplateException("method must be common, ceil or floor");
        };
    return new BigDecimal(Numbers.real(value)).setScale(digits, mode).doubleValue();
  }
}
