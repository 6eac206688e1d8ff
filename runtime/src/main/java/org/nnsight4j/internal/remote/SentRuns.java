package org.nnsight4j.internal.remote;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.remote.Job;
import org.nnsight4j.remote.JobInfo;
import org.nnsight4j.remote.JobStatus;
import org.nnsight4j.remote.RemoteJob;

/** Runs that this process has sent to a server. */
final class SentRuns implements RemoteJob {
  private final Job job;
  private final HeardTokens heard;
  private final Consumer<String> fail;
  private boolean done;

  /**
   * @param completion gets new tokens and the results
   * @param fail told why there are none
   */
  SentRuns(Job job, Backend.Completion completion, Consumer<String> fail) {
    this.heard = new HeardTokens(completion);
    this.job = job.alsoWatchedBy(heard);
    this.fail = fail;
  }

  @Override
  public String id() {
    return job.id();
  }

  @Override
  public JobStatus status() {
    return job.status();
  }

  @Override
  public JobInfo info() {
    return job.info();
  }

  @Override
  public JobInfo cancel() {
    return job.cancel();
  }

  @Override
  public synchronized void await() {
    if (done) {
      return;
    }
    try {
      List<Optional<Result>> results = job.awaitResult(ResultFile::read, ResultFile::read);
      for (int run = 0; run < results.size(); run++) {
        heard.over(run, results.get(run));
      }
      done = true;
    } catch (RuntimeException | Error e) {
      if (heard.refused()) {
        var unused = job.cancel();
      }
      fail.accept("the run at the server gave no result: " + e.getMessage());
      throw e;
    }
  }

  @Override
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
