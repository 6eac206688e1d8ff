package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A transaction in progress, and the signals to send when it has been committed. */
public final class Tx {
  private final Connection connection;
  private final boolean notifies;
  private final List<Signal> signals = new ArrayList<>();
  private final List<Handed> handed = new ArrayList<>();

  Tx(Connection connection, boolean notifies) {
    this.connection = connection;
    this.notifies = notifies;
  }

  Connection connection() {
    return connection;
  }

  /** Tells all servers of this database, once the transaction is committed. */
  void signal(Signal signal) throws SQLException {
    signals.add(signal);
    if (notifies) {
      Sql.first(connection, row -> 0, "select pg_notify(?, ?)", Signal.CHANNEL, signal.text());
    }
  }

  /** Gives a job to this process, once the transaction is committed. */
  void hand(Handed job) {
    handed.add(job);
  }

  List<Handed> handed() {
    return handed;
  }

  List<Signal> signals() {
    return signals;
  }
}
