package org.nnsight4j.internal.decode;

import java.util.Arrays;
import org.nnsight4j.internal.spelling.Counted;

/** The tokens of one row so far: its prompt, without padding, and what was generated. */
public final class TokenSequence {
  private long[] ids;
  private int length;
  private final int promptLength;

  TokenSequence(long[] prompt) {
    this(Arrays.copyOf(prompt, prompt.length + 16), prompt.length, prompt.length);
  }

  private TokenSequence(long[] ids, int length, int promptLength) {
    this.ids = ids;
    this.length = length;
    this.promptLength = promptLength;
  }

  /** A copy with one more token. */
  TokenSequence plus(long token) {
    TokenSequence longer =
        new TokenSequence(
            Arrays.copyOf(ids, Math.max(ids.length, length + 16)), length, promptLength);
    longer.add(token);
    return longer;
  }

  void add(long token) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, 2 * length);
    }
    ids[length++] = token;
  }

  public int length() {
    return length;
  }

  public int promptLength() {
    return promptLength;
  }

  public int newLength() {
    return length - promptLength;
  }

  /** The token at a position from 0 to {@code length() - 1}. */
  public long at(int position) {
    if (position >= length) {
      throw new IndexOutOfBoundsException(
          "position %s of %s".formatted(position, Counted.of(length, "token")));
    }
    return ids[position];
  }

  long last() {
    return at(length - 1);
  }

  long[] toArray() {
    return Arrays.copyOf(ids, length);
  }

  long[] newIds() {
    return Arrays.copyOfRange(ids, promptLength, length);
  }
}
