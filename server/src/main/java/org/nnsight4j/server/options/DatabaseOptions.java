package org.nnsight4j.server.options;

/** Where jobs are kept. */
public sealed interface DatabaseOptions {
  /** One file in the data directory: for one server process. */
  record Sqlite() implements DatabaseOptions {}

  /**
   * A PostgreSQL that several server processes share.
   *
   * @param url a JDBC URL, {@code jdbc:postgresql://host/database}
   */
  record Postgres(String url, String user, String password, int connections)
      implements DatabaseOptions {
    /**
     * @throws IllegalArgumentException if the URL is not PostgreSQL's
     */
    public Postgres {
      if (!url.matches("jdbc:postgresql:\\S+")) {
        throw new IllegalArgumentException(
            "expected a URL like jdbc:postgresql://host/database, found '%s'".formatted(url));
      }
    }

    @Override
    public String toString() {
      return "PostgreSQL at " + url;
    }
  }
}
