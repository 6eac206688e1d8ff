package org.nnsight4j.server.job;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job as it is stored.
 *
 * @param attempt how often a worker has started it
 * @param keyId the key that it came with
 * @param modelDigest the checkpoint that it was accepted for
 * @param requestId the id of the HTTP request that it came with
 * @param problem why it failed, as JSON of a problem document
 * @param result the published result, while it is kept
 */
public record StoredJob(
    String id,
    String owner,
    String model,
    Priority priority,
    JobState state,
    int attempt,
    boolean cancelRequested,
    Duration timeLimit,
    Instant acceptedAt,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt,
    @Nullable Instant expiresAt,
    String requestSha256,
    @Nullable String keyId,
    @Nullable String modelDigest,
    @Nullable String requestId,
    @Nullable String problem,
    @Nullable JobResult result,
    boolean expired) {}
