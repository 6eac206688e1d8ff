package org.nnsight4j.server.worker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.DisturbedRunException;
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
  private final Room room;
  private byte @Nullable [] small;

  private Attempt(Consumer<JobProgress> progress, BooleanSupplier stopped, Room room) {
    this.progress = progress;
    this.stopped = stopped;
    this.room = room;
  }

  /** One of the ways in which an executor runs a request. */
  interface Execution {
    void execute(byte[] request, Path result, Run run) throws IOException;
  }

  /**
   * Runs it; {@link AttemptOutcome.Stopped} has the reason {@code CANCELLED} here; the caller knows
   * the real one.
   */
  static AttemptOutcome run(
      Execution executor,
      byte[] request,
      Path result,
      Consumer<JobProgress> progress,
      BooleanSupplier stopped,
      Room room) {
    try {
      Attempt attempt = new Attempt(progress, stopped, room);
      executor.execute(request, result, attempt);
      byte[] small = attempt.small;
      return small == null ? synced(result) : done(small);
    } catch (DisturbedRunException e) {
      LOG.warn("a run has to happen again, alone: {}", Shown.trace(e));
      return new AttemptOutcome.Disturbed();
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
      JobExecutor executor, List<byte[]> requests, List<Path> results, Room room) {
    List<AttemptOutcome> outcomes =
        new ArrayList<>(Collections.nCopies(requests.size(), new AttemptOutcome.Apart()));
    Map<Integer, byte[]> small = new HashMap<>();
    JobExecutor.Small taker =
        new JobExecutor.Small() {
          @Override
          public int most() {
            return room.inline();
          }

          @Override
          public void result(int place, byte[] bytes) {
            small.put(place, bytes);
          }
        };
    try {
      for (int place : executor.executeTogether(requests, results, room.run(), taker)) {
        byte[] body = small.get(place);
        outcomes.set(place, body == null ? synced(results.get(place)) : done(body));
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
    return new AttemptOutcome.Done(Files.size(result), Sha256.of(result), null);
  }

  private static AttemptOutcome done(byte[] body) {
    return new AttemptOutcome.Done(body.length, Sha256.of(body), body);
  }

  @Override
  public int inlineBytes() {
    return room.inline();
  }

  @Override
  public void result(byte[] bytes) {
    small = bytes;
  }

  @Override
  public void progress(long done, long total, String text, @Nullable NewTokens tokens) {
    progress.accept(new JobProgress(done, total, text, tokens));
  }

  @Override
  public long memory() {
    return room.run();
  }

  @Override
  public void check() {
    if (stopped.getAsBoolean()) {
      throw new StoppedException();
    }
  }
}
