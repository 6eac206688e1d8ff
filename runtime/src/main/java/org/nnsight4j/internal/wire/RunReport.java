package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run besides tensors: the receipt, the ends of generated sequences, and why saved
 * values are absent.
 *
 * @param reasons the reason for each save node, in words
 * @param rows the sequences of each prompt, whose ids are tensors; null for one forward pass
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
}
