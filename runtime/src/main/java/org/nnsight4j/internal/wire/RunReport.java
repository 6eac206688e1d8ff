package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.WeightFormat;

/**
 * The result of a run besides tensors: the receipt, the ends of generated sequences, and why saved
 * values are absent.
 *
 * @param parts in which parts rows were computed; null for one batch
 * @param numbers the data types in which the run computed
 * @param batched how a server that batches runs ran it; null where none is batched
 * @param reasons for each save node in words
 * @param rows for each prompt its sequences, whose ids are tensors; null for one forward pass
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunReport(
    List<Entry> entries,
    List<String> warnings,
    int passes,
    String stoppedAt,
    @Nullable String parts,
    Numbers numbers,
    @Nullable String batched,
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

  /** With which numbers a run computed. */
  public record Numbers(
      List<DType> weights, DType run, boolean atUse, String device, WeightFormat format) {}

  /** One generated sequence. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Sequence(int promptLength, String finishReason, @Nullable Double score) {}
}
