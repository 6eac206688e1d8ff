package org.nnsight4j.internal.request;

import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Outcome;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Precision;
import org.nnsight4j.values.Receipt;

/**
 * The result of a finished run.
 *
 * @param saved the numbers of the save nodes that happened, by step; 0 outside loops
 * @param reasons why a save node did not happen
 * @param receipt what fired
 * @param generated the new tokens; null for a single forward pass
 */
public record Result(
    Map<Integer, Map<Integer, Tensor>> saved,
    IntFunction<String> reasons,
    Receipt receipt,
    @Nullable Generated generated)
    implements Outcome {
  /** The result of a run that computed no numbers. */
  public static Result none(String reason) {
    return new Result(
        Map.of(), save -> reason, new Receipt(List.of(), List.of(), 0, "", Precision.NONE), null);
  }

  @Override
  public String reason(int save) {
    return reasons.apply(save);
  }
}
