package org.nnsight4j.remote;

import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a job is to be run.
 *
 * @param timeLimit null for the server's usual one
 * @param idempotencyKey jobs of one key are one job; a new one for each job if not given
 */
public record SubmitOptions(
    Priority priority, @Nullable Duration timeLimit, String idempotencyKey) {
  /** Jobs of a higher class start first. */
  public enum Priority {
    BULK,
    NORMAL,
    INTERACTIVE;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static SubmitOptions defaults() {
    return new SubmitOptions(Priority.NORMAL, null, UUID.randomUUID().toString());
  }

  public SubmitOptions priority(Priority value) {
    return new SubmitOptions(value, timeLimit, idempotencyKey);
  }

  public SubmitOptions timeLimit(Duration value) {
    return new SubmitOptions(priority, value, idempotencyKey);
  }

  public SubmitOptions idempotencyKey(String value) {
    return new SubmitOptions(priority, timeLimit, value);
  }
}
