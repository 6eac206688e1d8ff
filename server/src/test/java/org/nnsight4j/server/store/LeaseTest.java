package org.nnsight4j.server.store;

import static com.google.common.truth.Truth.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemKind;

/** Of several attempts at one job only the last may say anything, and only once. */
final class LeaseTest {
  private static final int WINDOW = 2;
  private static final JobResult RESULT = new JobResult("a", 3, "00");
  private static final Problem PROBLEM = ProblemKind.RUN_FAILED.with("x");

  @TempDir Path directory;
  private Database database;
  private JobQueue queue;
  private JobLeases leases;
  private JobReads reads;
  private Instant now = Instant.parse("2026-11-24T12:00:00Z");

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseOptions.Sqlite(), directory);
    Clock clock =
        new Clock() {
          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now;
          }
        };
    queue = new JobQueue(database, new JobQueue.Rules(100, WINDOW, Duration.ofHours(1)), clock);
    leases = new JobLeases(database, queue, 3);
    reads = new JobReads(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private String accept(String owner) {
    byte[] body = "x".getBytes(StandardCharsets.UTF_8);
    return queue
        .accept(new NewJob(owner, "m", Priority.NORMAL, Duration.ofSeconds(9), null, body, "00"))
        .job()
        .id();
  }

  private JobState state(String id) {
    return reads.find(id).map(StoredJob::state).orElseThrow();
  }

  @Test
  void anEarlierAttemptCanNoLongerChangeAnything() {
    String id = accept("alice");
    Lease first = leases.claim(id).orElseThrow();
    Lease second = leases.claim(id).orElseThrow();
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(leases.publish(first, RESULT)).isFalse();
    assertThat(leases.fail(first, PROBLEM)).isFalse();
    assertThat(leases.cancelled(first)).isFalse();
    leases.giveBack(first, "died", true);
    assertThat(state(id)).isEqualTo(JobState.RUNNING);
    assertThat(leases.publish(second, RESULT)).isTrue();
    assertThat(state(id)).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void anEndedJobStaysAsItIs() {
    String id = accept("alice");
    Lease lease = leases.claim(id).orElseThrow();
    assertThat(leases.publish(lease, RESULT)).isTrue();
    StoredJob ended = reads.find(id).orElseThrow();
    now = now.plusSeconds(5);
    assertThat(leases.publish(lease, new JobResult("b", 4, "11"))).isFalse();
    assertThat(leases.fail(lease, PROBLEM)).isFalse();
    assertThat(leases.claim(id)).isEmpty();
    leases.giveBack(lease, "died", true);
    StoredJob cancelled = queue.cancel(id);
    assertThat(cancelled).isEqualTo(ended);
    assertThat(reads.events(id, 0).stream().map(JobEvent::state))
        .containsExactly(JobState.RECEIVED, JobState.APPROVED, JobState.RUNNING, JobState.COMPLETED)
        .inOrder();
  }

  @Test
  void aJobThatKillsItsWorkerEachTimeEnds() {
    String id = accept("alice");
    for (int attempt = 1; attempt <= 3; attempt++) {
      leases.giveBack(leases.claim(id).orElseThrow(), "died", true);
    }
    assertThat(leases.claim(id)).isEmpty();
    assertThat(state(id)).isEqualTo(JobState.ERROR);
    assertThat(reads.find(id).orElseThrow().problem()).contains("worker-died");
  }

  @Test
  void aJobThatWasCancelledWhileTheServerWasAwayDoesNotRun() {
    String id = accept("alice");
    var unused = leases.claim(id).orElseThrow();
    assertThat(queue.cancel(id).cancelRequested()).isTrue();
    assertThat(state(id)).isEqualTo(JobState.RUNNING);
    assertThat(leases.claim(id)).isEmpty();
    assertThat(state(id)).isEqualTo(JobState.CANCELLED);
  }

  @Test
  void onlySomeJobsOfEachUserAreReleasedAndTheNextWhenOneEnds() {
    String first = accept("alice");
    String second = accept("alice");
    String third = accept("alice");
    String other = accept("bob");
    assertThat(state(first)).isEqualTo(JobState.APPROVED);
    assertThat(state(second)).isEqualTo(JobState.APPROVED);
    assertThat(state(third)).isEqualTo(JobState.RECEIVED);
    assertThat(state(other)).isEqualTo(JobState.APPROVED);
    leases.publish(leases.claim(first).orElseThrow(), RESULT);
    assertThat(state(third)).isEqualTo(JobState.APPROVED);
  }

  @Test
  void aJobWithoutItsTaskGetsOneAgain() {
    String id = accept("alice");
    database.write(tx -> Sql.update(tx.connection(), "delete from scheduled_tasks"));
    new JobCleaning(database, queue).reconcile();
    long tasks =
        database.read(
            connection ->
                Sql.number(
                    connection,
                    "select count(*) from scheduled_tasks where task_instance = ?",
                    id));
    assertThat(tasks).isEqualTo(1);
  }
}
