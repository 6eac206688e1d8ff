package org.nnsight4j.server.options;

import java.time.Duration;
import org.nnsight4j.server.execute.Budget;

/**
 * What users may ask for.
 *
 * @param requestBytes of one request
 * @param requestBytesAtOnce of all requests that are being received
 * @param budget of one job
 * @param longestRun of one job
 * @param usualRun of a job that does not say
 * @param jobsPerUser unfinished ones
 * @param jobs unfinished ones of all users
 * @param window jobs of one user and model that are with the workers
 * @param attempts how often a job is begun
 * @param longestWait until a worker begins it
 * @param keepFor a finished job and its result
 * @param storedBytesPerUser of results
 * @param freeDisk bytes below which nothing is accepted
 * @param requestsPerSecond of one key; ten times as many in a burst
 * @param streamsPerUser event streams and downloads at the same time
 */
public record Limits(
    int requestBytes,
    long requestBytesAtOnce,
    Budget budget,
    Duration longestRun,
    Duration usualRun,
    int jobsPerUser,
    int jobs,
    int window,
    int attempts,
    Duration longestWait,
    Duration keepFor,
    long storedBytesPerUser,
    long freeDisk,
    int requestsPerSecond,
    int streamsPerUser) {
  private static final long GIB = 1L << 30;

  /** For a few people who share a machine. */
  public static final Limits USUAL =
      new Limits(
          32 << 20,
          256L << 20,
          new Budget(100_000, 8 * GIB, 1_000_000_000_000_000L, 4096),
          Duration.ofMinutes(10),
          Duration.ofMinutes(2),
          200,
          20_000,
          4,
          3,
          Duration.ofHours(24),
          Duration.ofHours(24),
          64 * GIB,
          GIB,
          500,
          32);

  public Limits withBudget(Budget value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        value,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withJobs(int perUser, int all) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        perUser,
        all,
        window,
        attempts,
        longestWait,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withKeepFor(Duration value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        value,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withLongestWait(Duration value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        value,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withRequestsPerSecond(int value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        value,
        streamsPerUser);
  }

  public Limits withRequestBytes(int value) {
    return new Limits(
        value,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withStoredBytesPerUser(long value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        keepFor,
        value,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withAttempts(int value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        value,
        longestWait,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withFreeDisk(long value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        keepFor,
        storedBytesPerUser,
        value,
        requestsPerSecond,
        streamsPerUser);
  }

  public Limits withStreamsPerUser(int value) {
    return new Limits(
        requestBytes,
        requestBytesAtOnce,
        budget,
        longestRun,
        usualRun,
        jobsPerUser,
        jobs,
        window,
        attempts,
        longestWait,
        keepFor,
        storedBytesPerUser,
        freeDisk,
        requestsPerSecond,
        value);
  }
}
