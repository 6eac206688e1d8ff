package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.JobCleaning;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.time.SteadyClock;

/** How long things are kept. */
final class HousekeepingTest {
  private Instant now = Instant.parse("2026-11-24T12:00:00Z");
  private long nanos;

  private final Clock clock =
      new Clock() {
        @Override
        public ZoneOffset getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  private void pass(Duration time) {
    now = now.plus(time);
    nanos += time.toNanos();
  }

  @Test
  void aJobIsDeletedAWeekAfterItsResult(@TempDir Path data) throws Exception {
    try (Database database = Database.open(new DatabaseOptions.Sqlite(), data)) {
      JobQueue queue =
          new JobQueue(database, new JobQueue.Rules(100, 2, Duration.ofHours(1)), clock);
      JobReads jobs = new JobReads(database);
      byte[] body = "x".getBytes(StandardCharsets.UTF_8);
      String id =
          queue
              .accept(
                  new NewJob("alice", "m", Priority.NORMAL, Duration.ofSeconds(9), null, body, "0"))
              .job()
              .id();
      queue.cancel(id);
      try (Housekeeping housekeeping =
          new Housekeeping(
              new JobCleaning(database, queue),
              jobs,
              new ResultFiles(data),
              new Measures(new SimpleMeterRegistry()),
              Limits.USUAL,
              new SteadyClock(clock, () -> nanos),
              true)) {
        housekeeping.clean();
        assertThat(jobs.find(id).orElseThrow().expired()).isFalse();
        pass(Duration.ofHours(2));
        housekeeping.clean();
        assertThat(jobs.find(id).orElseThrow().expired()).isTrue();
        pass(Duration.ofDays(8));
        housekeeping.clean();
        assertThat(jobs.find(id)).isEmpty();
      }
    }
  }
}
