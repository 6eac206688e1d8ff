package org.nnsight4j.server.worker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.Run;
import org.nnsight4j.server.execute.StoppedException;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.job.NewTokens;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of an executor, in whatever process: its result is on disk before its end is reported.
 */
final class Attempt implements Run {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  private final Consumer<JobProgress> progress;
  private final BooleanSupplier stopped;
  private final long memory;

  private Attempt(Consumer<JobProgress> progress, BooleanSupplier stopped, long memory) {
    this.progress = progress;
    this.stopped = stopped;
    this.memory = memory;
  }

  /**
   * Runs it; {@link AttemptOutcome.Stopped} has the reason {@code CANCELLED} here; the caller knows
   * the real one.
   */
  static AttemptOutcome run(
      JobExecutor executor,
      byte[] request,
      Path result,
      Consumer<JobProgress> progress,
      BooleanSupplier stopped,
      long memory) {
    try {
      executor.execute(request, result, new Attempt(progress, stopped, memory));
      return synced(result);
    } catch (StoppedException e) {
      return new AttemptOutcome.Stopped(StopReason.CANCELLED);
    } catch (IOException | RuntimeException e) {
      if (stopped.getAsBoolean()) {
        // The interrupt stopped whatever the run was doing.
        return new AttemptOutcome.Stopped(StopReason.CANCELLED);
      } else if (e instanceof ProblemException problem) {
        return new AttemptOutcome.Failed(problem.problem());
      } else if (e instanceof IOException || e.getCause() instanceof IOException) {
        LOG.error("a result cannot be written: {}", Shown.trace(e));
        return new AttemptOutcome.Unwritten();
      }
      LOG.error("a run failed in a way that it should not: {}", Shown.trace(e));
      return new AttemptOutcome.Failed(
          ProblemKind.INTERNAL.with(
              "the run failed for a reason of the server; report the job id to the operator"));
    }
  }

  /**
   * Runs requests that are alike at once; a request that does not run, or fails, has to run alone.
   */
  static List<AttemptOutcome> runTogether(
      JobExecutor executor, List<byte[]> requests, List<Path> results, long memory) {
    List<AttemptOutcome> outcomes =
        new ArrayList<>(Collections.nCopies(requests.size(), new AttemptOutcome.Apart()));
    try {
      for (int place : executor.executeTogether(requests, results, memory)) {
        outcomes.set(place, synced(results.get(place)));
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("requests could not share a run, each is run alone: {}", Shown.trace(e));
    }
    return outcomes;
  }

  private static AttemptOutcome synced(Path result) throws IOException {
    try (FileChannel channel = FileChannel.open(result, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    try (FileChannel directory = FileChannel.open(result.toAbsolutePath().getParent())) {
      directory.force(true);
    } catch (IOException e) {
      LOG.debug(
          "this system cannot synchronise a directory: {}",
          Shown.line(String.valueOf(e.getMessage())));
    }
    return new AttemptOutcome.Done(Files.size(result), Sha256.of(result));
  }

  @Override
  public void progress(long done, long total, String text, @Nullable NewTokens tokens) {
    progress.accept(new JobProgress(done, total, text, tokens));
  }

  @Override
  public long memory() {
    return memory;
  }

  @Override
  public void check() {
    if (stopped.getAsBoolean()) {
      throw new StoppedException();
    }
  }
}
