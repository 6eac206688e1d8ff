package org.nnsight4j.server.store;

import java.util.List;

/** Runs transactions. */
interface Writer extends AutoCloseable {
  /** The result of a committed transaction, the signals to send, and the jobs to run here. */
  record Committed<T>(T result, List<Signal> signals, List<Handed> handed) {
    static <T> Committed<T> of(T result, Tx tx) {
      return new Committed<>(result, tx.signals(), tx.handed());
    }
  }

  /**
   * Runs {@code work} in a transaction; if it throws, nothing has changed.
   *
   * @param onDisk whether the commit has to be on disk when this returns. A commit that is not
   *     survives the end of this process, but perhaps not a crash of the machine.
   */
  <T> Committed<T> write(Database.Work<T> work, boolean onDisk);

  @Override
  void close();
}
