package org.nnsight4j.langchain4j;

import java.util.List;

/**
 * The text of an answer as it grows. A stop string is not part of it, and neither is its beginning
 * while it may become one.
 */
final class StopText {
  private final List<String> stops;
  private final StringBuilder text = new StringBuilder();
  private int given;
  private boolean over;

  StopText(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /** The text before the first stop string. */
  static String cut(String whole, List<String> stops) {
    StopText text = new StopText(stops);
    return text.add(whole) + text.end();
  }

  /** Adds text, and returns what can be shown since the last call. */
  String add(String more) {
    if (over) {
      return "";
    }
    text.append(more);
    int first = text.length();
    for (String stop : stops) {
      int at = text.indexOf(stop);
      first = at >= 0 && at < first ? at : first;
    }
    over = first < text.length();
    text.setLength(first);
    return give(over ? first : first - undecided());
  }

  /** The rest, when there is no more text. */
  String end() {
    return give(text.length());
  }

  private String give(int end) {
    String piece = text.substring(Math.min(given, end), end);
    given = Math.max(given, end);
    return piece;
  }

  /** How many characters at the end may be the beginning of a stop string. */
  private int undecided() {
    int most = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, text.length()); length > most; length--) {
        if (stop.startsWith(text.substring(text.length() - length))) {
          most = length;
        }
      }
    }
    return most;
  }
}
