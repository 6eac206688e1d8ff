package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;

/**
 * What surrounds attention.
 *
 * @param clip the bound on the magnitude of queries, keys and values; null for none
 * @param wrapper a module that contains attention and only passes values on; null for none
 */
public record Around(@Nullable Double clip, @Nullable Wrapper wrapper) {
  /** Nothing around attention. */
  public static final Around NOTHING = new Around(null, null);

  /** A module that contains attention and returns its tuple. */
  public record Wrapper(String name, String type) {}
}
