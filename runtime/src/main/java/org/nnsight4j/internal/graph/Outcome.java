package org.nnsight4j.internal.graph;

import java.util.Map;
import org.nnsight4j.tensor.Tensor;

/** What a run gives to saved values. */
public interface Outcome {
  /** The numbers of each save node, by the step at which they were saved; 0 outside loops. */
  Map<Integer, Map<Integer, Tensor>> saved();

  /** Why a save node gave nothing, or not at all steps. */
  String reason(int save);
}
