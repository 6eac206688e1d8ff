package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.log.RareLog;

/**
 * Moves what SQLite has written from its log into its file, on a thread of its own. Otherwise each
 * hundredth commit does that, and whoever waits for it waits until the file is on disk, too.
 */
final class Checkpoints implements AutoCloseable {
  private static final RareLog LOG = RareLog.of(Checkpoints.class);
  private static final long LOOK_MILLIS = 200;

  /** About as much as SQLite itself would let come together. */
  private static final int COMMITS = 100;

  /** While others write, a checkpoint never ends the log; when it is this long, they wait once. */
  private static final int LONGEST_PAGES = 16_384;

  private final SqliteGroup.Opening opening;
  private final AtomicInteger commits = new AtomicInteger();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "checkpoints");
            thread.setDaemon(true);
            return thread;
          });

  Checkpoints(SqliteGroup.Opening opening) {
    this.opening = opening;
    var unused =
        clock.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Called on a connection that commits. */
  static void leftToOthers(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("pragma wal_autocheckpoint = 0");
    }
  }

  void committed() {
    commits.incrementAndGet();
  }

  private void look() {
    int count = commits.get();
    if (count < COMMITS) {
      return;
    }
    commits.addAndGet(-count);
    try (Connection connection = opening.open()) {
      if (pages(connection, "passive") > LONGEST_PAGES) {
        var unused = pages(connection, "restart");
      }
    } catch (SQLException e) {
      LOG.warn("the log of the database grows: {}", Shown.line(String.valueOf(e.getMessage())));
    }
  }

  /** Moves what it can; returns the length of the log. */
  private static long pages(Connection connection, String how) throws SQLException {
    return Sql.first(connection, row -> row.getLong(2), "pragma wal_checkpoint(" + how + ")")
        .orElse(0L);
  }

  @Override
  public void close() {
    clock.shutdown();
    try {
      if (!clock.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a checkpoint takes long; SQLite continues it at the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
