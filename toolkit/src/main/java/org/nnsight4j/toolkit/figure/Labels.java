package org.nnsight4j.toolkit.figure;

/** Text that stays on one line and keeps its place in a table. */
public final class Labels {
  private Labels() {}

  /**
   * A token as a figure shows it: a space is {@code _}, so that {@code _Paris} and {@code Paris}
   * differ on every terminal, and control characters are written as in Java.
   */
  public static String token(String token) {
    StringBuilder shown = new StringBuilder();
    token
        .codePoints()
        .forEach(
            point -> {
              switch (point) {
                case ' ' -> shown.append('_');
                case '\n' -> shown.append("\\n");
                case '\r' -> shown.append("\\r");
                case '\t' -> shown.append("\\t");
                default -> {
                  if (isPrintable(point)) {
                    shown.appendCodePoint(point);
                  } else {
                    shown.append("\\u%04x".formatted(point));
                  }
                }
              }
            });
    return shown.toString();
  }

  /** A probability as a whole percentage: {@code 98%}. */
  public static String percent(double probability) {
    return Math.round(probability * 100) + "%";
  }

  /** How many columns of a terminal a text takes; wide characters take two. */
  static int columns(String text) {
    return text.codePoints().map(Labels::columns).sum();
  }

  static String padded(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - columns(text)));
  }

  /** Text inside of an XML element or attribute. */
  static String xml(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                default ->
                    safe.appendCodePoint(isPrintable(point) || point == '\n' ? point : 0xFFFD);
              }
            });
    return safe.toString();
  }

  private static int columns(int point) {
    int type = Character.getType(point);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    boolean wide =
        Character.isIdeographic(point)
            || (point >= 0x1100 && point <= 0x115F)
            || (point >= 0x3000 && point <= 0x30FF)
            || (point >= 0xAC00 && point <= 0xD7A3)
            || (point >= 0xFF00 && point <= 0xFF60)
            || (point >= 0x1F300 && point <= 0x1FAFF);
    return wide ? 2 : 1;
  }

  private static boolean isPrintable(int point) {
    int type = Character.getType(point);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.SURROGATE
        && type != Character.UNASSIGNED
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR;
  }
}
