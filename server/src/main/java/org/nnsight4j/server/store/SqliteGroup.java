package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.log.RareLog;

/** Commits groups of transactions on one connection, which is opened again if it breaks. */
final class SqliteGroup implements AutoCloseable {
  /** Opens a connection. */
  interface Opening {
    Connection open() throws SQLException;
  }

  private static final RareLog LOG = RareLog.of(SqliteGroup.class);

  private final Opening opening;
  private final CurrentConnection scheduling;
  private final Checkpoints checkpoints;
  private @Nullable Connection connection;
  private boolean synchronises;
  private boolean closed;

  SqliteGroup(Opening opening, CurrentConnection scheduling) {
    this.opening = opening;
    this.scheduling = scheduling;
    this.checkpoints = new Checkpoints(opening);
  }

  /** Commits those that do not fail; if that is impossible, all have failed. */
  synchronized void commit(List<GroupWriter.Entry<?>> group) {
    try {
      commit(connection(), group);
    } catch (SQLException | RuntimeException | Error e) {
      LOG.error(
          "a group of {} transactions could not be committed: {}", group.size(), Shown.trace(e));
      for (GroupWriter.Entry<?> entry : group) {
        if (!entry.failed()) {
          entry.fail(StoreException.ofTransaction(e));
        }
      }
    }
  }

  private void commit(Connection open, List<GroupWriter.Entry<?>> group) throws SQLException {
    synchronise(open, group.stream().anyMatch(entry -> entry.onDisk));
    open.setAutoCommit(false);
    try {
      if (group.size() == 1) {
        alone(open, group.get(0));
      } else {
        for (GroupWriter.Entry<?> entry : group) {
          apply(open, entry);
        }
        open.commit();
      }
    } catch (SQLException | RuntimeException | Error e) {
      rollback(open, e);
      throw e;
    }
    open.setAutoCommit(true);
    checkpoints.committed();
  }

  /** Without others to protect it needs no savepoint. */
  private void alone(Connection open, GroupWriter.Entry<?> entry) throws SQLException {
    scheduling.enter(open);
    Throwable failure = null;
    try {
      entry.apply(new Tx(open, false));
    } catch (Exception | Error e) {
      entry.fail(e);
      failure = e;
    } finally {
      scheduling.leave();
    }
    if (failure == null) {
      open.commit();
    } else {
      undo(open::rollback, failure);
    }
  }

  private interface Undoing {
    void run() throws SQLException;
  }

  /** On a full disk SQLite has rolled back by itself, and the reason is that of the disk. */
  private static void undo(Undoing rollback, Throwable failure) throws SQLException {
    try {
      rollback.run();
    } catch (SQLException e) {
      e.addSuppressed(failure);
      throw e;
    }
  }

  /**
   * @throws SQLException if even the savepoint is gone: SQLite has rolled back the whole
   *     transaction
   */
  private void apply(Connection open, GroupWriter.Entry<?> entry) throws SQLException {
    Savepoint before = open.setSavepoint();
    scheduling.enter(open);
    try {
      entry.apply(new Tx(open, false));
    } catch (Exception | Error e) {
      entry.fail(e);
      undo(() -> open.rollback(before), e);
    } finally {
      scheduling.leave();
    }
    open.releaseSavepoint(before);
  }

  /**
   * Nothing of a group may stay in the connection: without auto-commit the next group would commit
   * it.
   */
  private void rollback(Connection open, Throwable cause) {
    try {
      open.rollback();
      open.setAutoCommit(true);
    } catch (SQLException e) {
      cause.addSuppressed(e);
      connection = null;
      close(open);
    }
  }

  private Connection connection() throws SQLException {
    if (closed) {
      throw new SQLException("the database is closed");
    }
    Connection open = connection;
    if (open == null) {
      open = opening.open();
      Checkpoints.leftToOthers(open);
      synchronises = true;
      connection = open;
    }
    return open;
  }

  private void synchronise(Connection open, boolean onDisk) throws SQLException {
    if (synchronises != onDisk) {
      try (Statement statement = open.createStatement()) {
        statement.execute("pragma synchronous = " + (onDisk ? "full" : "normal"));
      }
      synchronises = onDisk;
    }
  }

  private static void close(Connection open) {
    try {
      open.close();
    } catch (SQLException e) {
      LOG.warn(
          "the database did not close as it should: {}",
          Shown.line(String.valueOf(e.getMessage())));
    }
  }

  @Override
  public void close() {
    checkpoints.close();
    end();
  }

  private synchronized void end() {
    closed = true;
    if (connection != null) {
      close(connection);
    }
  }
}
