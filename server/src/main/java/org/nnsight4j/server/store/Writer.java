package org.nnsight4j.server.store;

import java.util.List;

/** Runs transactions. */
interface Writer extends AutoCloseable {
  /** What a committed transaction gave, and the watchers to be told of it. */
  record Committed<T>(T result, List<Signal> signals) {}

  /**
   * Runs {@code work} in a transaction; when it throws, nothing has happened.
   *
   * @param onDisk whether the commit has to be on disk when this returns. One that is not survives
   *     the end of this process, but perhaps not that of the machine.
   */
  <T> Committed<T> write(Database.Work<T> work, boolean onDisk);

  @Override
  void close();
}
