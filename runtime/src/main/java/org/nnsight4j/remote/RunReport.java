package org.nnsight4j.remote;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SerializationException;

/**
 * What a run gives besides tensors: the receipt, the ends of generated sequences, and why saved
 * values are not there.
 *
 * @param reasons for each save node in words
 * @param rows for each prompt its sequences, whose ids are tensors; null for one forward pass
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunReport(
    List<Entry> entries,
    List<String> warnings,
    int passes,
    String stoppedAt,
    Map<Integer, String> reasons,
    @Nullable List<List<Sequence>> rows,
    @Nullable Long padTokenId,
    @Nullable Long seed) {
  /** The key of the metadata of a result. */
  public static final String KEY = "nnsight4j.report";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** One line of the receipt. */
  public record Entry(
      String kind,
      String site,
      String when,
      String className,
      String file,
      int line,
      int fired,
      List<Long> shape,
      String change) {}

  /** One generated sequence. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Sequence(int promptLength, String finishReason, @Nullable Double score) {}

  /** The tensor of a save node at a step. */
  public static String savedName(int node, int step) {
    return "save.%d.%d".formatted(node, step);
  }

  /** The tensor of the ids of a sequence. */
  public static String idsName(int row, int sequence) {
    return "ids.%d.%d".formatted(row, sequence);
  }

  public String toJson() {
    try {
      return MAPPER.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report that is not JSON", e);
    }
  }

  public static RunReport fromJson(@Nullable String json) {
    if (json == null) {
      throw new SerializationException(
          "expected a result with '%s' in its metadata, found none: is this the result of a run?"
              .formatted(KEY));
    }
    try {
      return MAPPER.readValue(json, RunReport.class);
    } catch (JsonProcessingException e) {
      throw new SerializationException(
          "the report of the run is of another version of nnsight4j: " + e.getOriginalMessage(), e);
    }
  }
}
