package org.nnsight4j.server.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/** For PostgreSQL, which has many writers and groups their commits itself. */
final class PooledWriter implements Writer {
  private final HikariDataSource pool;
  private final CurrentConnection scheduling;

  PooledWriter(HikariDataSource pool, CurrentConnection scheduling) {
    this.pool = pool;
    this.scheduling = scheduling;
  }

  @Override
  public <T> Committed<T> write(Database.Work<T> work, boolean onDisk) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      scheduling.enter(connection);
      try {
        Tx tx = new Tx(connection, true);
        T result = work.apply(tx);
        connection.commit();
        return Committed.of(result, tx);
      } catch (SQLException | RuntimeException | Error e) {
        connection.rollback();
        throw e;
      } finally {
        scheduling.leave();
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw StoreException.ofTransaction(e);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
