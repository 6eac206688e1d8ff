package org.nnsight4j.internal.local;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.Surroundings;

/** How a plan is run on rows. */
abstract class Run {
  private final int steps;
  private final boolean cached;

  Run(int steps, boolean cached) {
    this.steps = steps;
    this.cached = cached;
  }

  /** The most forward passes. */
  final int steps() {
    return steps;
  }

  /** Whether later passes compute their own position only. */
  final boolean cached() {
    return cached;
  }

  /** What a server would get of it. */
  abstract RequestedRun requested(Graph graph, List<SourceLine> lines, @Nullable RunCondition when);

  abstract Result of(Plan plan, Batch batch, Surroundings around);
}
