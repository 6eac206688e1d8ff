package org.nnsight4j.processor.report;

import java.util.HexFormat;

/** Text from files in a javac message, which a terminal shows. */
final class Visible {
  private Visible() {}

  /**
   * Writes control characters as in Java, because they could move the cursor or begin a fake line.
   */
  static String of(String text) {
    if (text.codePoints().noneMatch(Visible::isHidden)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (isHidden(c)) {
        shown.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }

  private static boolean isHidden(int point) {
    int type = Character.getType(point);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
