package org.nnsight4j.server.dispatch;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.job.Priority;

/**
 * A request as it came; null means not given.
 *
 * @param requestId the id of the HTTP request
 * @param waits whether the sender is still there, and its key still valid
 */
@SuppressWarnings("ArrayRecordComponent") // The array is large, and written once.
public record Submission(
    Caller caller,
    String model,
    @Nullable Priority priority,
    @Nullable Duration timeLimit,
    @Nullable String idempotencyKey,
    byte[] body,
    String requestId,
    BooleanSupplier waits) {}
