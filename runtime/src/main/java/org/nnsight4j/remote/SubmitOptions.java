package org.nnsight4j.remote;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to run a job.
 *
 * @param timeLimit null for the server's default
 * @param idempotencyKey requests with the same key are one job; null for a new key for each job
 */
public record SubmitOptions(
    Priority priority, @Nullable Duration timeLimit, @Nullable String idempotencyKey) {
  private static final String KEY = "[\\x21-\\x7e]{1,200}";

  public SubmitOptions {
    Objects.requireNonNull(priority, "priority is null; there are BULK, NORMAL and INTERACTIVE");
    if (timeLimit != null && timeLimit.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new RemoteException(
          "expected a time limit of at least one second, found %s".formatted(timeLimit));
    }
    if (idempotencyKey != null && !idempotencyKey.matches(KEY)) {
      throw new RemoteException(
          "expected an idempotency key of 1 to 200 visible ASCII characters, found '%s'"
              .formatted(idempotencyKey));
    }
  }

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
    return new SubmitOptions(Priority.NORMAL, null, null);
  }

  public SubmitOptions priority(Priority value) {
    return new SubmitOptions(value, timeLimit, idempotencyKey);
  }

  public SubmitOptions timeLimit(Duration value) {
    Objects.requireNonNull(value, "timeLimit is null; leave it out for the server's usual one");
    return new SubmitOptions(priority, value, idempotencyKey);
  }

  /**
   * Sets a key: sending the same request with it again, perhaps after a crash, returns the existing
   * job. Another request with it is refused.
   */
  public SubmitOptions idempotencyKey(String value) {
    Objects.requireNonNull(value, "idempotencyKey is null; leave it out for a new one");
    return new SubmitOptions(priority, timeLimit, value);
  }
}
