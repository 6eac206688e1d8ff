package org.nnsight4j.internal.spelling;

/** Numbers of things in messages: {@code 1 token}, {@code 2 tokens}. */
public final class Counted {
  private Counted() {}

  /**
   * A number and its noun.
   *
   * @param what in the singular, with a regular plural
   */
  public static String of(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
