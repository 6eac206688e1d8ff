package org.nnsight4j.internal.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;

/** Is told of every run of this process when it is over; found as a service. */
public interface RunObserver {
  /**
   * The model that runs happened on.
   *
   * @param checkpoint its directory
   * @param settings how it was loaded
   */
  record Where(Blueprint blueprint, Path checkpoint, LoadSettings settings) {}

  /** Called when the runs of one request are over. */
  void ran(Where where, List<RequestedRun> runs, List<Optional<Result>> results);

  /** Called when a run failed that was the only one of its request. */
  void failed(Where where, RequestedRun run, Nnsight4jException failure);
}
