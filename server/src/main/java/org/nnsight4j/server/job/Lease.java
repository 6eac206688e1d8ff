package org.nnsight4j.server.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The right to publish the outcome of one attempt. A later attempt has another token, so that the
 * earlier one can no longer change anything.
 *
 * @param waited how long the job had to wait for this attempt, from its acceptance
 */
@SuppressWarnings("ArrayRecordComponent") // The array is large, and read once.
public record Lease(
    String jobId,
    String owner,
    String model,
    int attempt,
    String token,
    Duration timeLimit,
    @Nullable String modelDigest,
    byte[] body,
    Duration waited) {}
