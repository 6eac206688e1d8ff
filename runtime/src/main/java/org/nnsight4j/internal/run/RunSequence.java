package org.nnsight4j.internal.run;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.tensor.Tensor;

/** The runs of a session so far: what later ones use of them, and whether those happen. */
public final class RunSequence {
  private final Map<Integer, Result> results = new HashMap<>();

  public void add(int run, Result result) {
    results.put(run, result);
  }

  /**
   * Whether a run with this condition happens.
   *
   * @throws RunException if the condition is not one truth value, or does not exist
   */
  public boolean happens(@Nullable RunCondition condition) {
    if (condition == null) {
      return true;
    }
    Tensor truth = kept(condition.run(), condition.save());
    if (truth.size() != 1) {
      throw new RunException(
          "when(...) needs one truth value, found %s (at %s)".formatted(truth, condition.line()));
    }
    return truth.at(0) != 0;
  }

  /**
   * What a save node of an earlier run holds.
   *
   * @throws RunException if it holds nothing, with the reason
   */
  public Tensor kept(int run, int save) {
    Result result = results.get(run);
    Tensor tensor = result == null ? null : result.saved().getOrDefault(save, Map.of()).get(0);
    if (tensor == null) {
      throw new RunException(
          "a value of run %s of the session is needed, but it does not exist: %s"
              .formatted(run, result == null ? "that run did not happen" : result.reason(save)));
    }
    return tensor;
  }
}
