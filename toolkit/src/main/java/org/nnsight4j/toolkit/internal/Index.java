package org.nnsight4j.toolkit.internal;

import org.nnsight4j.error.RunException;

/** The one way in which results read indices. */
public final class Index {
  private Index() {}

  /**
   * An index from 0.
   *
   * @param what what is counted, in the singular: {@code "layer"}
   * @param index from 0, or from -1 backwards
   * @param count how many there are
   */
  public static int of(String what, int index, int count) {
    return of(what, index, count, count == 1 ? "there is" : "there are");
  }

  /**
   * {@link #of(String, int, int)} of something.
   *
   * @param has who has that many, for the message: {@code "this model has"}
   */
  public static int of(String what, int index, int count, String has) {
    if (index >= count || index < -count) {
      throw new RunException(
          "%s %s does not exist: %s %s"
              .formatted(
                  what,
                  index,
                  has,
                  count == 0
                      ? "none"
                      : "%s, so 0 to %s, or -1 to -%s from the end"
                          .formatted(count, count - 1, count)));
    }
    return index < 0 ? index + count : index;
  }

  /** An index of what is one only, such as the head at a place without heads. */
  public static void onlyZero(String what, int index, String why) {
    if (index != 0) {
      throw new RunException("%s %s does not exist: %s, so only 0".formatted(what, index, why));
    }
  }

  /** A number of things to give, of which there may be fewer. */
  public static int atMost(int count) {
    if (count < 0) {
      throw new RunException("expected how many to give, from 0 on, found " + count);
    }
    return count;
  }
}
