package org.nnsight4j.toolkit.figure;

import org.nnsight4j.internal.spelling.Shown;

/** Text that stays on one line and keeps its alignment in a table. */
public final class Labels {
  private Labels() {}

  /**
   * A token as a figure shows it: a space is {@code _}, so that {@code _Paris} and {@code Paris}
   * differ on every terminal, and control characters are written as in Java.
   */
  public static String token(String token) {
    return Shown.line(token).replace(' ', '_');
  }

  /** A probability as a rounded percentage: {@code 98%}. */
  public static String percent(double probability) {
    return Math.round(probability * 100) + "%";
  }

  /** How many terminal columns a text needs; wide characters need two. */
  static int columns(String text) {
    return text.codePoints().map(Labels::columns).sum();
  }

  /** At most so many columns; an ellipsis stands for the rest. */
  static String shortened(String text, int most) {
    if (columns(text) <= most) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    int used = 1;
    for (int point : text.codePoints().toArray()) {
      used += columns(point);
      if (used > most) {
        break;
      }
      kept.appendCodePoint(point);
    }
    return kept.append('…').toString();
  }

  static String padded(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - columns(text)));
  }

  /** Text inside an XML element or attribute. */
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
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(isXml(point) ? point : 0xFFFD);
              }
            });
    return safe.toString();
  }

  /** Whether XML 1.0 allows the character. */
  private static boolean isXml(int point) {
    return point == '\n'
        || point == '\t'
        || (point >= 0x20 && point < 0x7F)
        || (point > 0x9F && point < 0xD800)
        || (point >= 0xE000 && point < 0xFFFE)
        || point > 0xFFFF;
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
}
