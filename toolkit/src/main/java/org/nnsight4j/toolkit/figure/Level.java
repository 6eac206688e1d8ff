package org.nnsight4j.toolkit.figure;

/** A number as two characters: one of 4,095 steps between two ends, or no number. */
final class Level {
  private static final String DIGITS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  private static final int MOST = 4094;

  private Level() {}

  static String of(double value, double low, double high) {
    int level = MOST + 1;
    if (Double.isFinite(value)) {
      double share = high > low ? (value - low) / (high - low) : 0;
      level = (int) Math.round(Math.max(0, Math.min(1, share)) * MOST);
    }
    return "" + DIGITS.charAt(level / 64) + DIGITS.charAt(level % 64);
  }
}
