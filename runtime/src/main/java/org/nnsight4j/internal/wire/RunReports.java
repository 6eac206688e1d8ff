package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SerializationException;

/**
 * The results of a request's runs besides tensors, in the metadata of the result file.
 *
 * @param runs in order; null for one that did not happen
 */
public record RunReports(List<@Nullable RunReport> runs) {
  /** The key of the metadata of a result. */
  public static final String KEY = "nnsight4j.report";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The prefix of the names of a run's tensors: empty if it is the only run. */
  public static String prefix(int run, int runs) {
    return runs == 1 ? "" : "run.%s.".formatted(run);
  }

  /** The tensor of a save node at a step, after the prefix of its run. */
  public static String savedName(int node, int step) {
    return "save.%s.%s".formatted(node, step);
  }

  /** The tensor of the ids of a sequence, after the prefix of its run. */
  public static String idsName(int row, int sequence) {
    return "ids.%s.%s".formatted(row, sequence);
  }

  public String toJson() {
    try {
      return MAPPER.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report that is not JSON", e);
    }
  }

  public static RunReports fromJson(@Nullable String json) {
    if (json == null) {
      throw new SerializationException(
          "expected a result with '%s' in its metadata, found none: is this the result of a run?"
              .formatted(KEY));
    }
    try {
      return MAPPER.readValue(json, RunReports.class);
    } catch (JsonProcessingException e) {
      throw new SerializationException(
          "the report of the run is of another version of nnsight4j: " + e.getOriginalMessage(), e);
    }
  }
}
