package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/** What each key has used, and whether its quota allows more. */
public final class KeyUsage {
  /** What a key has used. */
  public record Used(long unfinished, long jobsToday, long storedBytes, long secondsToday) {}

  private static final int RETRY_SECONDS = 30;
  private static final long DAY_SECONDS = 86_400;

  private KeyUsage() {}

  /**
   * Lets a job of this key through.
   *
   * @throws ProblemException if one of its quotas is used up
   */
  static void check(Connection connection, String key, Quota quota, Instant now)
      throws SQLException {
    if (quota.equals(Quota.NONE)) {
      return;
    }
    Used used = used(connection, key, now);
    int tomorrow = (int) (DAY_SECONDS - Math.floorMod(now.getEpochSecond(), DAY_SECONDS));
    limit("unfinished", quota.unfinished(), used.unfinished, RETRY_SECONDS);
    limit("jobsPerDay", quota.jobsPerDay(), used.jobsToday, tomorrow);
    limit("storedBytes", quota.storedBytes(), used.storedBytes, RETRY_SECONDS);
    limit("secondsPerDay", quota.secondsPerDay(), used.secondsToday, tomorrow);
  }

  private static void limit(String name, @Nullable Long most, long used, int retrySeconds) {
    if (most != null && used >= most) {
      throw new ProblemException(
          ProblemKind.OVER_QUOTA
              .with(
                  "expected less than the quota %s of this key, which is %s, found %s used; %s"
                      .formatted(
                          name,
                          most,
                          used,
                          name.endsWith("PerDay")
                              ? "a new day begins at midnight UTC"
                              : name.equals("storedBytes")
                                  ? "delete jobs that you do not need"
                                  : "wait for some jobs, or cancel them"))
              .with("quota", name)
              .with("used", used),
          retrySeconds);
    }
  }

  static Used used(Connection connection, String key, Instant now) throws SQLException {
    long unfinished =
        Sql.number(
            connection, "select count(*) from jobs where key_id = ? and finished_at is null", key);
    long stored =
        Sql.number(
            connection,
            "select coalesce(sum(result_bytes), 0) from jobs where key_id = ? and expired = 0",
            key);
    return Sql.first(
            connection,
            row -> new Used(unfinished, row.getLong(1), stored, row.getLong(2) / 1000),
            "select jobs, millis from key_usage where key_id = ? and day = ?",
            key,
            day(now))
        .orElse(new Used(unfinished, 0, stored, 0));
  }

  /** Counts an accepted job. */
  static void accepted(Tx tx, @Nullable String key, Instant now) throws SQLException {
    add(tx, key, now, 1, Duration.ZERO);
  }

  /** Counts the time of a job that has ended. */
  static void ran(Tx tx, @Nullable String key, @Nullable Instant start, Instant now)
      throws SQLException {
    if (start != null) {
      add(tx, key, now, 0, Duration.between(start, now));
    }
  }

  private static void add(Tx tx, @Nullable String key, Instant now, int jobs, Duration time)
      throws SQLException {
    if (key == null) {
      return;
    }
    Sql.update(
        tx.connection(),
        "insert into key_usage (key_id, day, jobs, millis) values (?, ?, ?, ?) on conflict"
            + " (key_id, day) do update set jobs = key_usage.jobs + excluded.jobs,"
            + " millis = key_usage.millis + excluded.millis",
        key,
        day(now),
        jobs,
        Math.max(0, time.toMillis()));
  }

  private static long day(Instant now) {
    return Math.floorDiv(now.getEpochSecond(), DAY_SECONDS);
  }
}
