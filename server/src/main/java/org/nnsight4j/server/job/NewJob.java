package org.nnsight4j.server.job;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that was checked and will become a job.
 *
 * @param keyId the key that it came with
 * @param modelDigest the checkpoint that it was checked for
 * @param requestId the id of the HTTP request that it came with
 */
@SuppressWarnings("ArrayRecordComponent") // The array is large, and written once.
public record NewJob(
    String owner,
    String model,
    Priority priority,
    Duration timeLimit,
    @Nullable String idempotencyKey,
    byte[] body,
    String bodySha256,
    @Nullable String keyId,
    @Nullable String modelDigest,
    @Nullable String requestId) {
  /** A job without a key, for whatever checkpoint there is. */
  public NewJob(
      String owner,
      String model,
      Priority priority,
      Duration timeLimit,
      @Nullable String idempotencyKey,
      byte[] body,
      String bodySha256) {
    this(owner, model, priority, timeLimit, idempotencyKey, body, bodySha256, null, null, null);
  }

  /** The job that this becomes. */
  public StoredJob accepted(String id, JobState state, Instant at) {
    return new StoredJob(
        id,
        owner,
        model,
        priority,
        state,
        0,
        false,
        timeLimit,
        at,
        null,
        null,
        null,
        bodySha256,
        keyId,
        modelDigest,
        requestId,
        null,
        null,
        false);
  }
}
