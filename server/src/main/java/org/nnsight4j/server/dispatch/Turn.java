package org.nnsight4j.server.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.worker.AttemptOutcome;

/**
 * One use of a worker by one job, or by several that are alike. Each job's own thread takes its
 * lease and gets its outcome; the first job's thread leads the run.
 */
final class Turn {
  private final List<CompletableFuture<Optional<Lease>>> leases = new ArrayList<>();
  private final List<CompletableFuture<AttemptOutcome>> outcomes = new ArrayList<>();

  Turn(int jobs) {
    for (int place = 0; place < jobs; place++) {
      leases.add(new CompletableFuture<>());
      outcomes.add(new CompletableFuture<>());
    }
  }

  int jobs() {
    return leases.size();
  }

  /** A job joins with its lease; without a lease it does not take part. */
  void bring(int place, Optional<Lease> lease) {
    leases.get(place).complete(lease);
  }

  /** The lease of each job; waits until all have said whether they have one. */
  List<Optional<Lease>> leases() {
    return leases.stream().map(CompletableFuture::join).toList();
  }

  void ended(int place, AttemptOutcome outcome) {
    outcomes.get(place).complete(outcome);
  }

  /** Ends the turn; jobs without an outcome have to run later. */
  void over(String reason) {
    outcomes.forEach(outcome -> outcome.completeExceptionally(new LaterException(reason)));
  }

  /**
   * The outcome for one job.
   *
   * @throws LaterException if there was no run
   */
  AttemptOutcome outcome(int place) {
    try {
      return outcomes.get(place).join();
    } catch (CompletionException e) {
      throw new LaterException("the run that it was to be part of did not happen: " + e.getCause());
    }
  }
}
