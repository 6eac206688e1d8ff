package org.nnsight4j.server.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models of the servers on this database, which announce them repeatedly. */
public final class ModelRegistry {
  /**
   * One model.
   *
   * @param description what the kind of executor says about it, as JSON
   * @param workers how many workers are there now, in all servers
   * @param digest the digest of the checkpoint
   */
  public record Entry(String name, String kind, String description, int workers, String digest) {}

  private static final Duration FRESH = Duration.ofSeconds(30);
  private static final Duration FORGOTTEN = Duration.ofDays(7);

  private final Database database;

  public ModelRegistry(Database database) {
    this.database = database;
  }

  /** Records that the server {@code server} has this model. */
  public void announce(String server, Entry entry, Instant now) {
    database.write(
        tx ->
            Sql.update(
                tx.connection(),
                "insert into models (name, server, kind, description, workers, seen_at, digest)"
                    + " values (?, ?, ?, ?, ?, ?, ?) on conflict (name, server) do update set"
                    + " kind = excluded.kind, description = excluded.description,"
                    + " workers = excluded.workers, seen_at = excluded.seen_at,"
                    + " digest = excluded.digest",
                entry.name,
                server,
                entry.kind,
                entry.description,
                entry.workers,
                now,
                entry.digest));
  }

  /** Records that the server {@code server} has gone; its models are remembered for a while. */
  public void leave(String server) {
    database.write(
        tx ->
            Sql.update(tx.connection(), "update models set workers = 0 where server = ?", server));
  }

  /** Forgets a model of the server {@code server}, which has unloaded it. */
  public void leave(String server, String model) {
    database.write(
        tx ->
            Sql.update(
                tx.connection(),
                "delete from models where server = ? and name = ?",
                server,
                model));
  }

  public Collection<Entry> list(Instant now) {
    record Seen(Entry entry, long at) {}
    List<Seen> rows =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    row ->
                        new Seen(
                            new Entry(
                                row.getString("name"),
                                row.getString("kind"),
                                row.getString("description"),
                                row.getInt("workers"),
                                row.getString("digest")),
                            row.getLong("seen_at")),
                    "select * from models where seen_at > ? order by name, seen_at",
                    now.minus(FORGOTTEN)));
    Map<String, Entry> models = new LinkedHashMap<>();
    for (Seen seen : rows) {
      boolean fresh = seen.at > now.minus(FRESH).toEpochMilli();
      Entry before = models.get(seen.entry.name);
      int workers = (before == null ? 0 : before.workers) + (fresh ? seen.entry.workers : 0);
      models.put(
          seen.entry.name,
          new Entry(
              seen.entry.name,
              seen.entry.kind,
              seen.entry.description,
              workers,
              seen.entry.digest));
    }
    return models.values();
  }

  public Optional<Entry> find(String name, Instant now) {
    return list(now).stream().filter(entry -> entry.name.equals(name)).findFirst();
  }
}
