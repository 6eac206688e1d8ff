package org.nnsight4j.server.graph;

import java.util.concurrent.TimeUnit;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.server.execute.Run;

/**
 * Between forward passes, ends a job that has to end, and reports its progress a few times a
 * second.
 */
final class PassReports implements RunSequence.Progress {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

  private final Run job;
  private final int runs;
  private long last = System.nanoTime();

  PassReports(Run job, int runs) {
    this.job = job;
    this.runs = runs;
  }

  @Override
  public void passing(int run, int pass, int most) {
    job.check();
    long now = System.nanoTime();
    if (now - last < PAUSE) {
      return;
    }
    last = now;
    String which = runs == 1 ? "" : "run %s of %s, ".formatted(run + 1, runs);
    job.progress(pass, most, which + "pass %s of at most %s".formatted(pass + 1, most));
  }
}
