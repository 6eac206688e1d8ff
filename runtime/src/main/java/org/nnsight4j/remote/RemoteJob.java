package org.nnsight4j.remote;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.nnsight4j.internal.request.Result;

/**
 * A run, or a session, that was sent to a server. When {@link #await} returns, saved values, output
 * and receipt can be read. Thread-safe.
 */
public final class RemoteJob {
  private final Job job;
  private final Consumer<List<Optional<Result>>> complete;
  private final Consumer<String> fail;
  private boolean done;

  RemoteJob(Job job, Consumer<List<Optional<Result>>> complete, Consumer<String> fail) {
    this.job = job;
    this.complete = complete;
    this.fail = fail;
  }

  /** With it the job is found again, from any process: {@code server.job(id)}. */
  public String id() {
    return job.id();
  }

  public JobStatus status() {
    return job.status();
  }

  public JobInfo info() {
    return job.info();
  }

  /** Asks the server to end it. */
  public JobInfo cancel() {
    return job.cancel();
  }

  /**
   * Waits for the result.
   *
   * @throws org.nnsight4j.remote.RemoteException with what the server said, if there is none
   */
  public synchronized void await() {
    if (done) {
      return;
    }
    try {
      complete.accept(Remote.await(job));
      done = true;
    } catch (RuntimeException | Error e) {
      fail.accept("the run at the server gave no result: " + e.getMessage());
      throw e;
    }
  }

  /** {@link #await} on a thread of its own. Cancelling the future does not cancel the job. */
  public CompletableFuture<RemoteJob> future() {
    return job.background(
        () -> {
          await();
          return this;
        });
  }

  @Override
  public String toString() {
    return job.toString();
  }
}
