package org.nnsight4j.server.text;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.tokenizer.TextStream;
import org.nnsight4j.tokenizer.Tokenizer;

/**
 * The text of one sequence as it grows. A stop string is not part of it, and neither is its
 * beginning while it may become one.
 */
final class Choice {
  private final Tokenizer tokenizer;
  private final TextStream stream;
  private final List<String> stops;
  private final StringBuilder text = new StringBuilder();
  private int tokens;
  private int given;
  private boolean over;

  Choice(Tokenizer tokenizer, List<String> stops) {
    this.tokenizer = tokenizer;
    this.stream = tokenizer.stream();
    this.stops = new ArrayList<>(stops);
  }

  /**
   * The text that is new.
   *
   * @param ids all tokens so far
   */
  String next(List<Long> ids) {
    while (!over && tokens < ids.size()) {
      text.append(stream.next(ids.get(tokens++)));
      cut();
    }
    return give(over ? text.length() : text.length() - undecided());
  }

  /** The whole text, if no part of it was asked for before. */
  String whole(long[] ids) {
    text.append(tokenizer.decode(ids));
    cut();
    return text.toString();
  }

  /** The rest, when there are no more tokens. */
  String end(List<Long> ids) {
    String more = next(ids);
    if (!over) {
      text.append(stream.end());
      cut();
    }
    return more + give(text.length());
  }

  private String give(int end) {
    String piece = text.substring(Math.min(given, end), end);
    given = Math.max(given, end);
    return piece;
  }

  private void cut() {
    int first = -1;
    for (String stop : stops) {
      int at = text.indexOf(stop);
      first = at >= 0 && (first < 0 || at < first) ? at : first;
    }
    if (first >= 0) {
      text.setLength(first);
      over = true;
    }
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
