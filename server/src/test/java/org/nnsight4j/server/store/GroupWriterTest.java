package org.nnsight4j.server.store;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.problem.ProblemException;

/** Transactions that are committed together are as if each had been alone. */
final class GroupWriterTest {
  private static final int MOST = 3;

  @TempDir Path directory;
  private Database database;
  private JobQueue queue;

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseOptions.Sqlite(), directory);
    queue =
        new JobQueue(database, new JobQueue.Rules(MOST, 1, Duration.ofHours(1)), Clock.systemUTC());
  }

  @AfterEach
  void close() {
    database.close();
  }

  /** Work that has to be one group: it comes, one after the other, while another commit is held. */
  private final class Group {
    private final List<FutureTask<Object>> tasks = new ArrayList<>();
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    Group() throws Exception {
      FutureTask<Object> first =
          new FutureTask<>(
              () ->
                  database.write(
                      tx -> {
                        held.countDown();
                        awaitQuietly(go);
                        return 0;
                      }));
      new Thread(first).start();
      held.await();
    }

    Group add(java.util.concurrent.Callable<Object> work) throws InterruptedException {
      FutureTask<Object> task = new FutureTask<>(work);
      Thread thread = new Thread(task);
      thread.start();
      while (thread.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
      tasks.add(task);
      return this;
    }

    List<FutureTask<Object>> commit() {
      go.countDown();
      return tasks;
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private JobQueue.Accepted accept(String owner, String key) {
    return queue.accept(
        new NewJob(owner, "m", Priority.NORMAL, Duration.ofSeconds(9), key, new byte[1], key));
  }

  private long jobs() {
    return database.read(connection -> Sql.number(connection, "select count(*) from jobs"));
  }

  @Test
  void writesDuringACommitAreOneTransactionInOrderOfArrival() throws Exception {
    Group group = new Group();
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 5; i++) {
      String owner = "user" + i;
      group.add(
          () -> {
            accept(owner, "k");
            return 0;
          });
      group.add(
          () ->
              database.write(
                  tx ->
                      seen.add(
                          Sql.number(tx.connection(), "select count(*) from jobs")
                              + " of which others see "
                              + jobs())));
    }
    for (FutureTask<Object> task : group.commit()) {
      task.get();
    }
    assertThat(seen)
        .containsExactlyElementsIn(
            IntStream.rangeClosed(1, 5).mapToObj(i -> i + " of which others see 0").toList())
        .inOrder();
    assertThat(jobs()).isEqualTo(5);
  }

  @Test
  void aFailingWriteHarmsNoOther() throws Exception {
    accept("alice", "used");
    Group group = new Group();
    for (int i = 0; i < 4; i++) {
      int number = i;
      group.add(() -> accept("alice", "a" + number)); // there is room for two more
      group.add(
          () ->
              queue.accept(
                  new NewJob(
                      "alice",
                      "m",
                      Priority.NORMAL,
                      Duration.ofSeconds(9),
                      "used",
                      new byte[1],
                      "other")));
      group.add(() -> accept("bob" + number, "b"));
      group.add(
          () ->
              database.write(
                  tx -> {
                    Sql.update(tx.connection(), "update jobs set model = 'stolen'");
                    throw new SQLException("refused after it wrote");
                  }));
    }
    List<String> outcomes = new ArrayList<>();
    for (FutureTask<Object> task : group.commit()) {
      try {
        outcomes.add(((JobQueue.Accepted) task.get()).job().owner());
      } catch (ExecutionException e) {
        outcomes.add(
            e.getCause() instanceof ProblemException refused
                ? refused.problem().type().replaceAll(".*:", "")
                : e.getCause().getCause().getMessage());
      }
    }
    String reused = "idempotency-key-reused";
    String late = "refused after it wrote";
    assertThat(outcomes)
        .containsExactly(
            "alice",
            reused,
            "bob0",
            late,
            "alice",
            reused,
            "bob1",
            late,
            "queue-full",
            reused,
            "bob2",
            late,
            "queue-full",
            reused,
            "bob3",
            late)
        .inOrder();
    assertThat(jobs()).isEqualTo(7);
    long changed =
        database.read(
            connection ->
                Sql.number(connection, "select count(*) from jobs where model = 'stolen'"));
    assertThat(changed).isEqualTo(0);
  }

  @Test
  void aFailedCommitAcknowledgesNoWrite() throws Exception {
    Group group = new Group();
    group.add(() -> accept("alice", "a"));
    group.add(
        () ->
            database.write(
                tx -> {
                  Sql.update(tx.connection(), "pragma defer_foreign_keys = on");
                  return Sql.update(
                      tx.connection(),
                      "insert into job_requests (job_id, body) values ('no', 'x')");
                }));
    group.add(() -> accept("bob", "b"));
    for (FutureTask<Object> task : group.commit()) {
      ExecutionException failed = assertThrows(ExecutionException.class, task::get);
      assertThat(failed).hasCauseThat().isInstanceOf(StoreException.class);
      assertThat(failed).hasCauseThat().hasMessageThat().contains("FOREIGN KEY");
    }
    assertThat(jobs()).isEqualTo(0);
    assertThat(accept("alice", "a").created()).isTrue();
    assertThat(jobs()).isEqualTo(1);
  }

  @Test
  void aTransactionThatSqliteRolledBackAcknowledgesNoWrite() throws Exception {
    Group group = new Group();
    group.add(() -> accept("alice", "a"));
    group.add(
        () ->
            database.write(
                tx -> {
                  // As SQLite does by itself when the disk is full.
                  Sql.update(tx.connection(), "rollback");
                  throw new SQLException("full");
                }));
    group.add(() -> accept("bob", "b"));
    for (FutureTask<Object> task : group.commit()) {
      assertThrows(ExecutionException.class, task::get);
    }
    assertThat(jobs()).isEqualTo(0);
    assertThat(accept("alice", "a").created()).isTrue();
  }

  @Test
  void theDiskIsSynchronisedIfOneOfTheGroupNeedsIt() throws Exception {
    Database.Work<Object> level = tx -> Sql.number(tx.connection(), "pragma synchronous");
    assertThat(database.write(level)).isEqualTo(2);
    assertThat(database.writeSoon(level)).isEqualTo(1);
    Group group = new Group();
    group.add(() -> database.writeSoon(level));
    group.add(() -> database.write(level));
    for (FutureTask<Object> task : group.commit()) {
      assertThat(task.get()).isEqualTo(2L);
    }
  }

  @Test
  void manyAtOnceAreAllKept() throws Exception {
    List<FutureTask<Object>> tasks = new ArrayList<>();
    for (int thread = 0; thread < 16; thread++) {
      String owner = "user" + thread;
      FutureTask<Object> task =
          new FutureTask<>(
              () -> {
                int refused = 0;
                for (int i = 0; i < 40; i++) {
                  try {
                    accept(owner, "k" + i);
                  } catch (ProblemException e) {
                    refused++;
                  }
                }
                return refused;
              });
      new Thread(task).start();
      tasks.add(task);
    }
    for (FutureTask<Object> task : tasks) {
      assertThat(task.get()).isEqualTo(40 - MOST);
    }
    assertThat(jobs()).isEqualTo(16 * MOST);
  }
}
