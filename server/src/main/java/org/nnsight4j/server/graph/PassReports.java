package org.nnsight4j.server.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.server.execute.Run;
import org.nnsight4j.server.job.NewTokens;

/**
 * Between forward passes, ends a job that has to end, and reports its progress a few times a
 * second.
 */
final class PassReports implements RunSequence.Progress {
  /** More would make events large; who waits has the rest with the result. */
  private static final int MOST_TOKENS = 4096;

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

  private final Run job;
  private final int runs;
  private final List<List<Long>> newIds = new ArrayList<>();
  private int count;
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
    NewTokens tokens = newIds.isEmpty() ? null : new NewTokens(run, newIds);
    job.progress(pass, most, which + "pass %s of at most %s".formatted(pass + 1, most), tokens);
  }

  /** All tokens so far are told each time, since of several events the last one may come alone. */
  @Override
  public TokenListener tokens(int run) {
    newIds.clear();
    count = 0;
    return (sequence, tokens, end) -> {
      count += tokens.length;
      if (count > MOST_TOKENS) {
        newIds.clear();
        return;
      }
      while (newIds.size() <= sequence) {
        newIds.add(new ArrayList<>());
      }
      Arrays.stream(tokens).forEach(newIds.get(sequence)::add);
    };
  }
}
