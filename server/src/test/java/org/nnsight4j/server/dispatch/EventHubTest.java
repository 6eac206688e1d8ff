package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** A watcher that does not read its events delays no other. */
@Timeout(60)
final class EventHubTest {
  @TempDir Path data;
  private Database database;
  private JobQueue queue;
  private EventHub hub;

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseOptions.Sqlite(), data);
    queue =
        new JobQueue(database, new JobQueue.Rules(10, 10, Duration.ofHours(1)), Clock.systemUTC());
    hub = new EventHub(new JobReads(database));
  }

  @AfterEach
  void close() {
    hub.close();
    database.close();
  }

  /** Records its events, but waits for permission before each. */
  private static class Listener implements EventHub.Watcher {
    private final CountDownLatch mayGoOn;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final List<Integer> events = Collections.synchronizedList(new ArrayList<>());
    private final List<Long> steps = Collections.synchronizedList(new ArrayList<>());

    Listener(CountDownLatch mayGoOn) {
      this.mayGoOn = mayGoOn;
    }

    @Override
    public boolean event(JobEvent event) {
      events.add(event.number());
      return goOn();
    }

    @Override
    public boolean progress(JobProgress progress) {
      steps.add(progress.done());
      return goOn();
    }

    @Override
    public boolean alive() {
      return true;
    }

    private boolean goOn() {
      begun.countDown();
      try {
        return mayGoOn.await(50, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        return false;
      }
    }
  }

  @Test
  void aWatcherThatDoesNotReadDelaysNoOther() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    String stuck = accept();
    for (int i = 0; i < 50; i++) {
      hub.watch(stuck, 0, new Listener(never), () -> {});
    }
    hub.progress(stuck, new JobProgress(1, 9, "step"));
    Listener other = new Listener(new CountDownLatch(0));
    CountDownLatch ended = new CountDownLatch(1);
    String job = accept();
    hub.watch(job, 0, other, ended::countDown);
    queue.cancel(job);
    hub.changed(job);
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(other.events).containsExactly(1, 2, 3).inOrder();
    never.countDown();
  }

  @Test
  void aSlowWatcherGetsOnlyTheLatestProgress() throws Exception {
    CountDownLatch mayGoOn = new CountDownLatch(1);
    Listener slow = new Listener(mayGoOn);
    String job = accept();
    CountDownLatch ended = new CountDownLatch(1);
    // Of the two events so far it has heard one, so that none comes between the steps.
    hub.watch(job, 1, slow, ended::countDown);
    assertThat(slow.begun.await(20, TimeUnit.SECONDS)).isTrue();
    for (int step = 1; step <= 10_000; step++) {
      hub.progress(job, new JobProgress(step, 10_000, "step"));
    }
    queue.cancel(job);
    hub.changed(job);
    mayGoOn.countDown();
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(slow.steps).containsExactly(10_000L);
    assertThat(slow.events).containsExactly(2, 3).inOrder();
    assertThat(hub.count()).isEqualTo(0);
  }

  @Test
  void aWatcherThatThrowsCountsAsGone() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    Listener broken =
        new Listener(new CountDownLatch(0)) {
          @Override
          public boolean event(JobEvent event) {
            throw new IllegalStateException("the database is away");
          }
        };
    hub.watch(accept(), 0, broken, ended::countDown);
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(hub.count()).isEqualTo(0);
  }

  private String accept() {
    return queue
        .accept(
            new NewJob(
                "alice", "m", Priority.NORMAL, Duration.ofSeconds(9), null, new byte[1], "00"))
        .job()
        .id();
  }
}
