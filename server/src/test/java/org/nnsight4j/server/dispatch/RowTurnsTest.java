package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.dispatch.Turns.Seat;
import org.nnsight4j.server.execute.BatchKey;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.worker.AttemptOutcome;
import org.nnsight4j.server.worker.StopReason;
import org.nnsight4j.server.worker.Worker;

/** Who may join the jobs of a worker that batches. */
final class RowTurnsTest {
  private static final Optional<BatchKey> JOINS = joins(10);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<Seat>> waiting = new ArrayList<>();
  private final Turns turns =
      new Turns(1, 8, new Budget(100, 100, 100, 100), new UsedTime(System::nanoTime), 3);
  private final OneWorker worker = new OneWorker();
  private Rows.Place first;

  /** A job that can be joined is in the only worker. */
  @BeforeEach
  void open() {
    assertThat(turns.tryTake()).isTrue();
    first = turns.open(worker, 10);
  }

  @AfterEach
  void end() {
    turns.close();
    threads.shutdownNow();
  }

  private static Optional<BatchKey> joins(long bytes) {
    return Optional.of(new BatchKey(BatchKey.JOINS, new Budget(1, bytes, 1, 1)));
  }

  private void await(int priority, Optional<BatchKey> batchKey) {
    waiting.add(threads.submit(() -> turns.await(priority, () -> "alice", () -> batchKey)));
  }

  private Seat seat(int job) throws Exception {
    return waiting.get(job).get(5, TimeUnit.SECONDS);
  }

  private boolean waits(int job) throws Exception {
    Thread.sleep(50);
    return !waiting.get(job).isDone();
  }

  @Test
  void jobsJoinAsLongAsThereIsRoom() throws Exception {
    await(0, JOINS);
    await(0, JOINS);
    Seat second = seat(0);
    assertThat(second.row().worker()).isSameInstanceAs(worker);
    assertThat(seat(1).row().worker()).isSameInstanceAs(worker);
    assertThat(turns.inRows()).isEqualTo(3);
    assertThat(turns.busy()).isEqualTo(1);
    await(0, JOINS);
    assertThat(waits(2)).isTrue();
    assertThat(turns.leave(second.row())).isFalse();
    assertThat(seat(2).row()).isNotNull();
  }

  @Test
  void memoryOfAllIsThatOfOneJob() throws Exception {
    await(0, joins(90));
    assertThat(seat(0).row()).isNotNull();
    await(0, joins(1));
    assertThat(waits(1)).isTrue();
  }

  /** Otherwise a job that cannot join would wait as long as others come. */
  @Test
  void nobodyPassesAJobThatCannotJoin() throws Exception {
    await(1, Optional.empty());
    assertThat(waits(0)).isTrue();
    await(0, JOINS);
    assertThat(waits(1)).isTrue();
    assertThat(turns.leave(first)).isTrue();
    turns.give();
    assertThat(seat(0).row()).isNull();
    assertThat(waits(1)).isTrue();
    turns.give();
    assertThat(seat(1).row()).isNull();
    assertThat(turns.inRows()).isEqualTo(0);
  }

  @Test
  void nobodyJoinsAWorkerThatIsGone() throws Exception {
    worker.usable = false;
    await(0, JOINS);
    assertThat(waits(0)).isTrue();
  }

  /** Runs nothing. */
  private static final class OneWorker implements Worker {
    private volatile boolean usable = true;

    @Override
    public AttemptOutcome run(byte[] request, Path result, Consumer<JobProgress> progress) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<AttemptOutcome> runTogether(List<byte[]> requests, List<Path> results) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Worker row() {
      return this;
    }

    @Override
    public void stop(StopReason reason) {}

    @Override
    public String digest() {
      return "";
    }

    @Override
    public boolean usable() {
      return usable;
    }

    @Override
    public void close() {}
  }
}
