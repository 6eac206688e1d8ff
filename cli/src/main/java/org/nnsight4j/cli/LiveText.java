package org.nnsight4j.cli;

import java.io.PrintWriter;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.tokenizer.TextStream;

/**
 * Prints text on a terminal as its tokens are generated; all together, it is the text that would be
 * printed at the end.
 */
final class LiveText {
  private final PrintWriter out;
  private final TextStream stream;
  private final Runnable first;
  private String held = "";
  private boolean begun;
  private boolean lineBreak;

  /**
   * @param first runs before the first text is printed
   */
  LiveText(PrintWriter out, TextStream stream, Runnable first) {
    this.out = out;
    this.stream = stream;
    this.first = first;
  }

  /** Whether standard output is a terminal; the start script knows that. */
  static boolean isTerminal() {
    String told = System.getProperty("nnsight4j.live");
    return told == null ? System.console() != null : Boolean.parseBoolean(told);
  }

  /** The tokens before the new ones; they are printed with the first new one. */
  LiveText behind(long[] prompt) {
    StringBuilder text = new StringBuilder();
    for (long id : prompt) {
      text.append(stream.next(id));
    }
    held = text.toString();
    return this;
  }

  /** Prints the new text. */
  void add(GeneratedPiece piece) {
    if (!begun) {
      begun = true;
      first.run();
    }
    StringBuilder text = new StringBuilder(held);
    held = "";
    for (long id : piece.newIds()) {
      text.append(stream.next(id));
    }
    if (piece.finishReason().isPresent()) {
      text.append(stream.end());
    }
    print(text.toString(), piece.finishReason().isPresent());
  }

  /** A line break of two characters may come in two pieces. */
  private void print(String text, boolean last) {
    String whole = (lineBreak ? "\r" : "") + text;
    lineBreak = !last && whole.endsWith("\r");
    out.print(Shown.text(lineBreak ? whole.substring(0, whole.length() - 1) : whole));
    if (last) {
      out.println();
    }
    out.flush();
  }
}
