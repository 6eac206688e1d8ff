package org.nnsight4j;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.graph.RunCondition;
import org.nnsight4j.remote.RequestedRun;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Surroundings;

/** What becomes of a finished recording. */
interface Execution {
  Result of(Recording recording, Surroundings around);

  /** What a server would get of it. */
  default RequestedRun requested(Recording recording, @Nullable RunCondition when) {
    throw new IllegalStateException("only runs are sent");
  }
}
