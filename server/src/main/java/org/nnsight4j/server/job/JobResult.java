package org.nnsight4j.server.job;

/**
 * A published result.
 *
 * @param file the name of its file; empty if it is in the database
 */
public record JobResult(String file, long bytes, String sha256) {
  /** A small result, in the database. */
  public static JobResult inRow(long bytes, String sha256) {
    return new JobResult("", bytes, sha256);
  }

  /** Whether it is in the database. */
  public boolean inRow() {
    return file.isEmpty();
  }
}
