package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.StoredJob;

/** A job as its user sees it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobView(
    String id,
    String model,
    String status,
    String priority,
    int attempt,
    long timeLimit,
    boolean cancelRequested,
    String acceptedAt,
    @Nullable String startedAt,
    @Nullable String finishedAt,
    @Nullable String expiresAt,
    @Nullable String modelDigest,
    @Nullable String requestId,
    @Nullable ResultView result,
    @JsonRawValue @Nullable String problem) {
  /** A result that can be downloaded. */
  record ResultView(String href, long bytes, String sha256) {}

  static JobView of(StoredJob job) {
    ResultView result =
        job.result() == null || job.expired()
            ? null
            : new ResultView(
                "/v1/jobs/%s/result".formatted(job.id()),
                job.result().bytes(),
                job.result().sha256());
    return new JobView(
        job.id(),
        job.model(),
        job.state().name(),
        job.priority().label(),
        job.attempt(),
        job.timeLimit().toSeconds(),
        job.cancelRequested(),
        job.acceptedAt().toString(),
        text(job.startedAt()),
        text(job.finishedAt()),
        text(job.expiresAt()),
        job.modelDigest(),
        job.requestId(),
        result,
        job.problem());
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
