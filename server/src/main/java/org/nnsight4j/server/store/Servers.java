package org.nnsight4j.server.store;

import java.time.Instant;
import java.util.Optional;

/** When each server on this database was last able to write to it. */
public final class Servers {
  private final Database database;

  public Servers(Database database) {
    this.database = database;
  }

  /** Records that the server {@code name} is alive and can write to the database. */
  public void alive(String name, Instant now) {
    database.writeSoon(
        tx ->
            Sql.update(
                tx.connection(),
                "insert into servers (name, seen_at) values (?, ?)"
                    + " on conflict (name) do update set seen_at = excluded.seen_at",
                name,
                now));
  }

  /** When any server was last alive; empty at the first start. */
  public Optional<Instant> last() {
    return database.read(
        connection ->
            Sql.first(
                    connection,
                    row -> Optional.ofNullable(Sql.instant(row, "last")),
                    "select max(seen_at) as last from servers")
                .flatMap(last -> last));
  }

  /** Deletes servers that were not seen since {@code limit}. */
  public void forget(Instant limit) {
    database.writeSoon(
        tx -> Sql.update(tx.connection(), "delete from servers where seen_at < ?", limit));
  }
}
