package org.nnsight4j.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.nnsight4j.server.options.DatabaseOptions;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Connections and transactions; also brings the schema up to date. */
public final class Database implements AutoCloseable {
  /** Work inside a transaction. */
  public interface Work<T> {
    T apply(Tx tx) throws SQLException;
  }

  /** A query without a transaction. */
  interface Query<T> {
    T apply(Connection connection) throws SQLException;
  }

  private final DataSource migrating;
  private final HikariDataSource readers;
  private final Writer writer;
  private final CurrentConnection scheduling;
  private final boolean postgres;
  private final List<Consumer<Signal>> listeners = new CopyOnWriteArrayList<>();
  private volatile Consumer<Handed> taker = job -> {};

  /** PostgreSQL: many connections, for everything. */
  private Database(HikariDataSource pool) {
    this.migrating = pool;
    this.readers = pool;
    this.scheduling = new CurrentConnection(pool::getConnection);
    this.writer = new PooledWriter(pool, scheduling);
    this.postgres = true;
  }

  /** SQLite: one connection that writes, for groups of transactions. */
  private Database(DataSource file, HikariDataSource readers) {
    this.migrating = file;
    this.readers = readers;
    this.scheduling = new CurrentConnection(this::split);
    this.writer = new GroupWriter(new SqliteGroup(file::getConnection, scheduling));
    this.postgres = false;
  }

  private Connection split() throws SQLException {
    return SplitConnection.of(readers.getConnection(), writer);
  }

  /** Opens the database that the options name; SQLite keeps its file in {@code directory}. */
  public static Database open(DatabaseOptions options, Path directory) {
    Database database =
        options instanceof DatabaseOptions.Postgres server
            ? postgres(server)
            : sqlite(ownersAlone(directory.resolve("jobs.sqlite")));
    try {
      Flyway.configure()
          .dataSource(database.migrating)
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

  /** SQLite gives the files next to this one the same mode. */
  private static Path ownersAlone(Path file) {
    try {
      return OwnerOnly.file(file);
    } catch (IOException e) {
      throw new StoreException("the database %s cannot be made: %s".formatted(file, e), e);
    }
  }

  /** A commit that has to be on disk is on disk before it returns. */
  private static Database sqlite(Path file) {
    SQLiteConfig settings = new SQLiteConfig();
    settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
    settings.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    settings.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    settings.setBusyTimeout(20_000);
    settings.enforceForeignKeys(true);
    // Nobody asks for them, and each insert would be followed by a query.
    settings.setGetGeneratedKeys(false);
    SQLiteDataSource source = new KeepingSource(settings, file.toAbsolutePath().toString());
    HikariConfig readers = config("reader", 4);
    readers.setDataSource(source);
    return new Database(source, new HikariDataSource(readers));
  }

  private static Database postgres(DatabaseOptions.Postgres server) {
    HikariConfig config = config("postgres", server.connections());
    config.setJdbcUrl(server.url());
    config.setUsername(server.user());
    config.setPassword(server.password());
    try {
      return new Database(new HikariDataSource(config));
    } catch (HikariPool.PoolInitializationException e) {
      // What follows the question mark may be a password.
      throw new StoreException(
          "expected a PostgreSQL at %s that lets '%s' in, found: %s"
              .formatted(
                  server.url().replaceFirst("\\?.*", ""),
                  server.user(),
                  e.getCause() == null ? e.getMessage() : e.getCause().getMessage()),
          e);
    }
  }

  private static HikariConfig config(String name, int size) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("nnsight4j-" + name);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(Duration.ofSeconds(20).toMillis());
    return config;
  }

  /**
   * Runs {@code work} in a transaction. If it throws, nothing has changed; when this returns, the
   * changes are on disk.
   */
  public <T> T write(Work<T> work) {
    return write(work, true);
  }

  /**
   * Like {@link #write}, but on SQLite it need not be on disk when this returns: it survives the
   * end of this process, and reaches the disk with the next transaction that has to be there.
   */
  <T> T writeSoon(Work<T> work) {
    return write(work, false);
  }

  private <T> T write(Work<T> work, boolean onDisk) {
    if (scheduling.inside()) {
      throw new IllegalStateException("a transaction inside a transaction");
    }
    Writer.Committed<T> committed = writer.write(work, onDisk);
    committed.signals().forEach(this::tell);
    committed.handed().forEach(job -> taker.accept(job));
    return committed.result();
  }

  <T> T read(Query<T> query) {
    try (Connection connection = readers.getConnection()) {
      return query.apply(connection);
    } catch (SQLException e) {
      throw new StoreException("the database refused a query: " + e.getMessage(), e);
    }
  }

  /** Notifies {@code listener} of each committed change. */
  public void onSignal(Consumer<Signal> listener) {
    listeners.add(listener);
  }

  /** Gives {@code taker} each job that is released to this process. */
  void onHanded(Consumer<Handed> wanted) {
    taker = wanted;
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

  /** The time of the PostgreSQL that several servers share; of this machine otherwise. */
  public Instant time(Clock wall) {
    return postgres
        ? read(connection ->
                Sql.first(
                    connection, row -> row.getTimestamp(1).toInstant(), "select clock_timestamp()"))
            .orElseGet(wall::instant)
        : wall.instant();
  }

  public boolean postgres() {
    return postgres;
  }

  /** For the scheduler: uses the transaction that is in progress on its thread. */
  public DataSource scheduling() {
    return scheduling;
  }

  /** Connections for reading; for PostgreSQL, for everything. */
  HikariDataSource pool() {
    return readers;
  }

  @Override
  public void close() {
    readers.close();
    writer.close();
  }
}
