package org.nnsight4j.server.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that was checked and is to become a job. */
@SuppressWarnings("ArrayRecordComponent") // Large, and written once.
public record NewJob(
    String owner,
    String model,
    Priority priority,
    Duration timeLimit,
    @Nullable String idempotencyKey,
    byte[] body,
    String bodySha256) {}
