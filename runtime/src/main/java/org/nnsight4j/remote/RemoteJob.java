package org.nnsight4j.remote;

import java.util.concurrent.CompletableFuture;

/**
 * A run, or a session, that was sent to a server. When {@link #await} returns, saved values, output
 * and receipt can be read. Thread-safe.
 */
public interface RemoteJob {
  /** Its id, by which any process can find the job again: {@code server.job(id)}. */
  String id();

  JobStatus status();

  JobInfo info();

  /** Asks the server to end it. */
  JobInfo cancel();

  /**
   * Waits for the result.
   *
   * @throws RemoteException with what the server said, if there is no result
   */
  void await();

  /** Calls {@link #await} on a thread of its own. Cancelling the future does not cancel the job. */
  CompletableFuture<RemoteJob> future();
}
