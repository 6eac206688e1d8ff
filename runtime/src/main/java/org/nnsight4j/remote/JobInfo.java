package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A job as the server describes it.
 *
 * @param attempt how often a worker has started it
 * @param cancelRequested whether its end was requested; a running job ends a little later
 * @param resultBytes the size of its result; 0 if there is none
 */
public record JobInfo(
    String id,
    String model,
    JobStatus status,
    int attempt,
    boolean cancelRequested,
    long resultBytes,
    @Nullable String resultSha256,
    Optional<RemoteProblem> problem) {
  static JobInfo of(JsonNode json) {
    JsonNode problem = json.path("problem");
    return new JobInfo(
        json.path("id").asText(),
        json.path("model").asText(),
        JobStatus.parse(json.path("status").asText()),
        json.path("attempt").asInt(),
        json.path("cancelRequested").asBoolean(),
        json.path("result").path("bytes").asLong(),
        json.path("result").path("sha256").textValue(),
        problem.isObject() ? Optional.of(RemoteProblem.of(problem, 500)) : Optional.empty());
  }
}
