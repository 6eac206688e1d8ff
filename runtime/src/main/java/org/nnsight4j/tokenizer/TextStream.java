package org.nnsight4j.tokenizer;

import java.util.Arrays;

/**
 * Turns tokens into text as they come, one after the other: a character that consists of several
 * tokens comes with the last of them, and all pieces together are the text of all tokens. For use
 * by one thread.
 */
public final class TextStream {
  /** What decoding gives for bytes that are not a complete character yet. */
  private static final String INCOMPLETE = "\ufffd";

  private final Tokenizer tokenizer;
  private long[] ids = {};
  private int count;
  private String given = "";

  TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Takes one more token.
   *
   * @return the new text; empty if the token is special, or only part of a character
   */
  public String next(long id) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, Math.max(64, 2 * count));
    }
    ids[count++] = id;
    // Decodes all tokens: a token's text depends on its neighbours, for example at the beginning.
    String text = tokenizer.settled(Arrays.copyOf(ids, count));
    return text.endsWith(INCOMPLETE) || text.length() <= given.length() ? "" : more(text);
  }

  /** The rest: bytes that never became a complete character, as decoding shows them. */
  public String end() {
    String rest = more(tokenizer.decode(Arrays.copyOf(ids, count)));
    count = 0;
    given = "";
    return rest;
  }

  private String more(String text) {
    String piece = text.substring(Math.min(given.length(), text.length()));
    given = text;
    return piece;
  }
}
