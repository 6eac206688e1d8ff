package org.nnsight4j.server.options;

import java.util.Arrays;
import java.util.Locale;

/** A limit on what users may ask for. */
public enum Limit {
  REQUEST_BYTES(32 << 20, Integer.MAX_VALUE, "bytes of one request"),
  REQUEST_BYTES_AT_ONCE(256 << 20, "bytes of all requests that are being received"),
  REQUEST_BYTES_PER_USER(
      64 << 20,
      "bytes of one user's requests that are being received; one request is always allowed"),
  UPLOADS_PER_USER(
      16, Integer.MAX_VALUE, "requests of one user whose bytes are arriving at the same time"),
  UPLOAD_BYTES_PER_SECOND(
      16 << 10,
      Integer.MAX_VALUE,
      "least bytes a second at which a request may arrive, after 10 seconds"),
  NODES(100_000, "nodes of the graphs of one job"),
  BYTES(8L << 30, "bytes that one job may have in memory at the same time, including its results"),
  WORKER_BYTES(
      16L << 30,
      "bytes of memory of one worker, not counting files; no more than its share of three quarters of the machine"),
  FLOPS(1_000_000_000_000_000L, "floating point operations of one job"),
  STEPS(4096, "generation steps of one job"),
  RUN_SECONDS(600, Integer.MAX_VALUE, "seconds that one job runs"),
  USUAL_RUN_SECONDS(
      120, Integer.MAX_VALUE, "seconds that a job may run if it does not ask for a time"),
  JOBS_PER_USER(200, Integer.MAX_VALUE, "unfinished jobs of one user"),
  JOBS(20_000, Integer.MAX_VALUE, "unfinished jobs of all users"),
  WINDOW(4, Integer.MAX_VALUE, "jobs of one user and model that are with the workers"),
  ATTEMPTS(3, Integer.MAX_VALUE, "times that a job is started if its worker keeps dying"),
  WAIT_SECONDS(
      86_400, Integer.MAX_VALUE, "seconds that a job waits for a worker; after that it ends"),
  KEEP_SECONDS(86_400, Integer.MAX_VALUE, "seconds that a result is kept"),
  INLINE_RESULT_BYTES(
      256 << 10,
      1 << 20,
      "bytes of a result that is kept in the database and comes with the answer of a request that waits; larger ones are files"),
  STORED_BYTES_PER_USER(64L << 30, "bytes of results of one user"),
  FREE_DISK_BYTES(1L << 30, "bytes of free disk space below which nothing is accepted"),
  REQUESTS_PER_SECOND(
      500, 100_000_000, "requests a second for one key; ten times as many in a burst"),
  WRONG_KEYS_PER_SECOND(
      1,
      100_000_000,
      "requests without a valid key that are answered, for one address; ten times as many in a"
          + " burst"),
  STREAMS_PER_USER(32, Integer.MAX_VALUE, "event streams and downloads at the same time");

  private final long usual;
  private final long most;
  private final String what;

  Limit(long usual, String what) {
    this(usual, Long.MAX_VALUE, what);
  }

  Limit(long usual, long most, String what) {
    this.usual = usual;
    this.most = most;
    this.what = what;
  }

  /** The default. */
  public long usual() {
    return usual;
  }

  /** What the limit counts, and for whom. */
  public String what() {
    return what;
  }

  /** Its name for operators. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The limit with a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Limit named(String label) {
    return Arrays.stream(values())
        .filter(limit -> limit.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected the name of a limit, one of %s, found '%s'"
                        .formatted(Arrays.stream(values()).map(Limit::label).toList(), label)));
  }

  /** A value that this limit can have. */
  long checked(long value) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "expected 1 to %s as the limit %s, found %s".formatted(most, label(), value));
    }
    return value;
  }
}
