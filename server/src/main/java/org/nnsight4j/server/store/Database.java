package org.nnsight4j.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.nnsight4j.server.options.DatabaseOptions;

/** Connections and transactions, and the schema brought up to date. */
public final class Database implements AutoCloseable {
  /** Work inside of a transaction. */
  public interface Work<T> {
    T apply(Tx tx) throws SQLException;
  }

  /** Reading without a transaction. */
  interface Query<T> {
    T apply(Connection connection) throws SQLException;
  }

  private final HikariDataSource writers;
  private final HikariDataSource readers;
  private final CurrentConnection scheduling;
  private final boolean postgres;
  private final List<Consumer<Signal>> listeners = new CopyOnWriteArrayList<>();

  private Database(HikariDataSource writers, HikariDataSource readers, boolean postgres) {
    this.writers = writers;
    this.readers = readers;
    this.postgres = postgres;
    this.scheduling = new CurrentConnection(writers);
  }

  /** Opens the database of these options; SQLite keeps its file in {@code directory}. */
  public static Database open(DatabaseOptions options, Path directory) {
    Database database =
        options instanceof DatabaseOptions.Postgres server
            ? postgres(server)
            : sqlite(directory.resolve("jobs.sqlite"));
    try {
      Flyway.configure()
          .dataSource(database.writers)
          .locations(
              "classpath:org/nnsight4j/server/db/" + (database.postgres ? "postgresql" : "sqlite"))
          .load()
          .migrate();
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /** One writer, because SQLite has one; each commit is on disk before it returns. */
  private static Database sqlite(Path file) {
    String url =
        "jdbc:sqlite:%s?journal_mode=WAL&synchronous=FULL&busy_timeout=20000&foreign_keys=true&transaction_mode=IMMEDIATE"
            .formatted(file.toAbsolutePath());
    HikariDataSource writers = pool("writer", url, 1);
    try {
      return new Database(writers, pool("reader", url, 4), false);
    } catch (RuntimeException e) {
      writers.close();
      throw e;
    }
  }

  private static Database postgres(DatabaseOptions.Postgres server) {
    HikariConfig config = config("postgres", server.url(), server.connections());
    config.setUsername(server.user());
    config.setPassword(server.password());
    HikariDataSource pool = new HikariDataSource(config);
    return new Database(pool, pool, true);
  }

  private static HikariDataSource pool(String name, String url, int size) {
    return new HikariDataSource(config(name, url, size));
  }

  private static HikariConfig config(String name, String url, int size) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("nnsight4j-" + name);
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(Duration.ofSeconds(20).toMillis());
    return config;
  }

  /** Runs {@code work} in a transaction; when it throws, nothing has happened. */
  public <T> T write(Work<T> work) {
    if (scheduling.inside()) {
      throw new IllegalStateException("a transaction inside of a transaction");
    }
    Tx tx;
    T result;
    try (Connection connection = writers.getConnection()) {
      connection.setAutoCommit(false);
      scheduling.enter(connection);
      try {
        tx = new Tx(connection, postgres);
        result = work.apply(tx);
        connection.commit();
      } catch (SQLException | RuntimeException | Error e) {
        connection.rollback();
        throw e;
      } finally {
        scheduling.leave();
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new StoreException("the database refused a transaction: " + e.getMessage(), e);
    }
    tx.signals().forEach(this::tell);
    return result;
  }

  <T> T read(Query<T> query) {
    try (Connection connection = readers.getConnection()) {
      return query.apply(connection);
    } catch (SQLException e) {
      throw new StoreException("the database refused a query: " + e.getMessage(), e);
    }
  }

  /** Tells {@code listener} of each committed change. */
  public void onSignal(Consumer<Signal> listener) {
    listeners.add(listener);
  }

  void tell(Signal signal) {
    listeners.forEach(listener -> listener.accept(signal));
  }

  /** Whether the database answers. */
  public boolean alive() {
    try {
      return read(connection -> Sql.number(connection, "select 1")) == 1;
    } catch (StoreException e) {
      return false;
    }
  }

  public boolean postgres() {
    return postgres;
  }

  /** For the scheduler: takes part in the transaction that is under way on its thread. */
  public DataSource scheduling() {
    return scheduling;
  }

  HikariDataSource pool() {
    return writers;
  }

  @Override
  public void close() {
    readers.close();
    writers.close();
  }
}
