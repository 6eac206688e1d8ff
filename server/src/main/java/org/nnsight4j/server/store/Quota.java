package org.nnsight4j.server.store;

import org.jspecify.annotations.Nullable;

/**
 * How much one key may be used for; null for no limit but those that all have.
 *
 * @param unfinished jobs of the key that have not ended
 * @param jobsPerDay jobs that it sends in one day, which begins at midnight in UTC
 * @param storedBytes bytes of kept results of its jobs
 * @param secondsPerDay seconds that its jobs run in one day, from the start of each to its end
 */
public record Quota(
    @Nullable Long unfinished,
    @Nullable Long jobsPerDay,
    @Nullable Long storedBytes,
    @Nullable Long secondsPerDay) {
  /** No limit. */
  public static final Quota NONE = new Quota(null, null, null, null);
}
