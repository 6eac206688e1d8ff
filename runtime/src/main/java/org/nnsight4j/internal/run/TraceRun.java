package org.nnsight4j.internal.run;

import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RunKind;

/** A run of one forward pass. */
public record TraceRun(Plan plan, Batch batch, RunKind.Trace kind) {
  /** Whether to continue after the last site that the plan needs. */
  boolean wholePass() {
    return kind.wholePass();
  }
}
