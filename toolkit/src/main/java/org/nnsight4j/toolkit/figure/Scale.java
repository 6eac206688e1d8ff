package org.nnsight4j.toolkit.figure;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.figure.Colour.Mode;

/**
 * How a number becomes a colour: from white to blue, or from red through white to blue; on a dark
 * page, dark takes the place of white. Numbers beyond an end have the colour of that end.
 */
public final class Scale {
  /** 0 is white, 1 is dark blue. */
  public static final Scale UNIT = new Scale(0, 1, "");

  /** -1 is dark red, 0 is white, 1 is dark blue. */
  public static final Scale SIGNED = new Scale(-1, 1, "");

  /** How many colours there are on each side of zero; more cannot be told apart. */
  static final int LEVELS = 64;

  private final double low;
  private final double high;
  private final String unit;

  private Scale(double low, double high, String unit) {
    if (!(high > 0) || Double.isInfinite(high)) {
      throw new RunException(
          "expected a positive number as the end of a scale, found %s".formatted(high));
    }
    this.low = low;
    this.high = high;
    this.unit = unit;
  }

  /** From 0, white, to {@code most}, dark blue. */
  public static Scale upTo(double most) {
    return new Scale(0, most, "");
  }

  /** From {@code -most}, dark red, through 0, white, to {@code most}, dark blue. */
  public static Scale signed(double most) {
    return new Scale(-most, most, "");
  }

  /** {@link #signed(double)} with the largest absolute value as its end, or 1 if all are 0. */
  public static Scale signedFor(double... values) {
    return signed(largest(values));
  }

  /** {@link #upTo} with the largest value as its end, or 1 if there is none above 0. */
  public static Scale upToLargest(double... values) {
    return upTo(largest(values));
  }

  private static double largest(double... values) {
    double most = 0;
    for (double value : values) {
      if (Double.isFinite(value)) {
        most = Math.max(most, Math.abs(value));
      }
    }
    return most > 0 ? most : 1;
  }

  /** The same scale, whose legend names a unit, for example {@code logits}. */
  public Scale unit(String name) {
    return new Scale(low, high, name);
  }

  /** The number at its lower end. */
  public double low() {
    return low;
  }

  /** The number at its upper end. */
  public double high() {
    return high;
  }

  /** What its numbers are; empty if nothing was said. */
  public String unit() {
    return unit;
  }

  boolean isSigned() {
    return low < 0;
  }

  /** From {@code -LEVELS}, or 0, to {@code LEVELS}; one more for what is not a number. */
  int level(double value) {
    if (Double.isNaN(value)) {
      return LEVELS + 1;
    }
    return (int) Math.round(Math.max(isSigned() ? -1 : 0, Math.min(1, value / high)) * LEVELS);
  }

  /** The colour of a level as {@code #rrggbb}; grey for a value that is not a number. */
  static String fill(int level, Mode mode) {
    return Colour.hex(rgb(level, mode));
  }

  /** The text colour that can be read on {@link #fill}. */
  static String ink(int level, Mode mode) {
    return Colour.hex(Colour.inkOn(rgb(level, mode)));
  }

  private static int[] rgb(int level, Mode mode) {
    if (level > LEVELS) {
      return mode.noNumber();
    }
    int[] end = level < 0 ? mode.negative() : mode.positive();
    return Colour.between(mode.zero(), end, Math.abs(level) / (double) LEVELS);
  }

  /** A number with two digits after its point, as small cells show it; never {@code -0.00}. */
  public static String twoDigits(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.equals("-0.00") ? "0.00" : text;
  }

  /** A number as a legend or a hint shows it: four digits, no more than needed. */
  public static String number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    }
    double size = Math.abs(value);
    if (value == 0) {
      return "0";
    }
    if (size >= 1e6 || size < 1e-4) {
      return String.format(Locale.ROOT, "%.2e", value);
    }
    int digits = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
    return BigDecimal.valueOf(value)
        .setScale(Math.min(digits, 6), RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }
}
