package org.nnsight4j.internal.local;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.run.Surroundings;

/** What becomes of a finished recording. */
interface Execution {
  Result of(Recording recording, Surroundings around);

  /** What a server would get of it. */
  default RequestedRun requested(Recording recording, @Nullable RunCondition when) {
    throw new IllegalStateException("only runs are sent");
  }
}
