package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;

/**
 * What lies around attention.
 *
 * @param clip no number of queries, keys and values is larger, and none smaller than its negative;
 *     null for no bound
 * @param wrapper a module with attention inside that only passes things on; null for none
 */
public record Around(@Nullable Double clip, @Nullable Wrapper wrapper) {
  /** Nothing of it. */
  public static final Around NOTHING = new Around(null, null);

  /** A module with attention inside, which returns its tuple. */
  public record Wrapper(String name, String type) {}
}
