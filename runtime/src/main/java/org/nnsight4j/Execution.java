package org.nnsight4j;

import org.nnsight4j.graph.Recording;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Runner;

/** What becomes of a finished recording. */
interface Execution {
  Result of(Recording recording, Runner.Earlier earlier);
}
