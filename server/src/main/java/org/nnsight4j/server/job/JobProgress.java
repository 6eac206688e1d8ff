package org.nnsight4j.server.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * How far a run is; told to watchers, and not kept.
 *
 * @param tokens what it has generated so far; null if it generates nothing, or too much for an
 *     event
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobProgress(long done, long total, String text, @Nullable NewTokens tokens) {
  public JobProgress(long done, long total, String text) {
    this(done, total, text, null);
  }
}
