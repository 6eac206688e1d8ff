package org.nnsight4j.internal.spelling;

import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Makes text from outside safe for a terminal or a log: names in a file, tokens, a server's
 * messages. A control character could move the cursor, change colours or begin a fake line; it is
 * shown as in Java, {@code \\u001b}.
 */
public final class Shown {
  private Shown() {}

  /**
   * For text that must stay on one line: a name, a token, a value. Also escapes invisible
   * characters.
   */
  public static String line(String text) {
    return escaped(text, Shown::isVisible);
  }

  /** {@link #line} for a text of any length: its beginning, and dots for the rest. */
  public static String start(String text, int most) {
    if (text.length() <= most) {
      return line(text);
    }
    // Half of a character of two would be none.
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return line(text.substring(0, end)) + "...";
  }

  /** For text that may have several lines: a message, a prompt, a model's output. */
  public static String text(String text) {
    return escaped(text.replace("\r\n", "\n"), Shown::isVisibleOrLayout);
  }

  /** A failure for a log: only its own frames begin lines. */
  public static String trace(Throwable failure) {
    StringBuilder trace = new StringBuilder();
    // Causes can form a cycle.
    Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable at = failure; at != null && told.add(at); at = at.getCause()) {
      trace.append(trace.isEmpty() ? "" : "\ncaused by: ").append(line(at.toString()));
      for (StackTraceElement frame : at.getStackTrace()) {
        trace.append("\n\tat ").append(line(frame.toString()));
      }
    }
    return trace.toString();
  }

  private static String escaped(String text, IntPredicate visible) {
    if (text.codePoints().allMatch(visible)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (visible.test(point)) {
                shown.appendCodePoint(point);
              } else {
                append(shown, point);
              }
            });
    return shown.toString();
  }

  private static void append(StringBuilder shown, int point) {
    switch (point) {
      case '\n' -> shown.append("\\n");
      case '\r' -> shown.append("\\r");
      case '\t' -> shown.append("\\t");
      default -> {
        for (char unit : Character.toChars(point)) {
          shown.append("\\u").append(HexFormat.of().toHexDigits(unit));
        }
      }
    }
  }

  /** Joiners and directional marks stay, because Persian and emoji need them. */
  private static boolean isVisibleOrLayout(int point) {
    return point == '\n' || point == '\t' || Character.getType(point) != Character.CONTROL;
  }

  private static boolean isVisible(int point) {
    int type = Character.getType(point);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.SURROGATE
        && type != Character.UNASSIGNED
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR;
  }
}
