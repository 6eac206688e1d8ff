package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.nnsight4j.internal.spelling.Shown;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Receives changes by other servers on the same PostgreSQL. Polling is the safety net. */
public final class PostgresSignals implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSignals.class);
  private static final int WAIT_MILLIS = 500;
  private static final int PAUSE_MILLIS = 1000;

  private final Database database;
  private final Thread thread;
  private volatile boolean closed;

  public PostgresSignals(Database database) {
    this.database = database;
    this.thread = new Thread(this::listen, "postgres-signals");
    thread.setDaemon(true);
    thread.start();
  }

  private void listen() {
    while (!closed) {
      try (Connection connection = database.pool().getConnection()) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("listen " + Signal.CHANNEL);
        }
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (!closed) {
          for (PGNotification notification : postgres.getNotifications(WAIT_MILLIS)) {
            Signal.parse(notification.getParameter()).ifPresent(database::tell);
          }
        }
      } catch (SQLException e) {
        if (!closed) {
          LOG.warn(
              "no signals from PostgreSQL, trying again: {}",
              Shown.line(String.valueOf(e.getMessage())));
          pause();
        }
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
