package org.nnsight4j.toolkit;

/**
 * What an analysis will do, known before it runs.
 *
 * @param passes forward passes, each of one prompt
 * @param backwards how many gradients are taken through a whole pass
 * @param tokens tokens that are computed, in all passes together
 * @param keptBytes the bytes of all values that are kept in memory until the end
 */
public record Cost(long passes, long backwards, long tokens, long keptBytes) {
  /** Passes without gradients. */
  public static Cost of(long passes, long tokens, long keptBytes) {
    return new Cost(passes, 0, tokens, keptBytes);
  }

  /** Both, one after the other. */
  public Cost plus(Cost other) {
    return new Cost(
        passes + other.passes,
        backwards + other.backwards,
        tokens + other.tokens,
        keptBytes + other.keptBytes);
  }

  @Override
  public String toString() {
    return "%s over %s%s; keeps %s"
        .formatted(
            counted(passes, "forward pass", "forward passes"),
            counted(tokens, "token", "tokens"),
            backwards == 0 ? "" : ", " + counted(backwards, "backward pass", "backward passes"),
            size(keptBytes));
  }

  private static String counted(long count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }

  private static String size(long bytes) {
    return bytes < 10_240
        ? bytes + " bytes"
        : bytes < 10_485_760 ? bytes / 1024 + " KiB" : bytes / 1_048_576 + " MiB";
  }
}
