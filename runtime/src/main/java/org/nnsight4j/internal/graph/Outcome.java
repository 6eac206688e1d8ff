package org.nnsight4j.internal.graph;

import java.util.Map;
import org.nnsight4j.tensor.Tensor;

/** The results of a run for saved values. */
public interface Outcome {
  /** The numbers of each save node, by the step at which they were saved; 0 outside loops. */
  Map<Integer, Map<Integer, Tensor>> saved();

  /** Why a save node has no numbers, or not for all steps. */
  String reason(int save);
}
