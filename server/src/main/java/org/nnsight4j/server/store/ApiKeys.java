package org.nnsight4j.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.Priority;

/** The rows of keys; a secret is stored only as its hash. */
public final class ApiKeys {
  /** What the owner of a key may do. */
  public enum Role {
    USER,
    ADMIN
  }

  /**
   * One key.
   *
   * @param id the public part
   * @param owner the user whose jobs it sends and sees
   */
  public record Key(
      String id,
      String owner,
      String label,
      String secretSha256,
      Role role,
      Priority highestPriority,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant revokedAt,
      Quota quota) {
    public boolean valid(Instant now) {
      return revokedAt == null && (expiresAt == null || now.isBefore(expiresAt));
    }
  }

  private final Database database;

  public ApiKeys(Database database) {
    this.database = database;
  }

  public boolean none() {
    return database.read(connection -> Sql.number(connection, "select count(*) from api_keys"))
        == 0;
  }

  /** Stores a key; false if it should be added only {@code ifFirst} and there already is one. */
  public boolean add(Key key, boolean ifFirst) {
    int added =
        database.write(
            tx ->
                Sql.update(
                    tx.connection(),
                    "insert into api_keys (id, owner, label, secret_sha256, role, highest_priority,"
                        + " created_at, expires_at, quota_unfinished, quota_jobs_per_day,"
                        + " quota_stored_bytes, quota_seconds_per_day) select ?, ?, ?, ?, ?, ?, ?,"
                        + " cast(? as bigint), cast(? as bigint), cast(? as bigint),"
                        + " cast(? as bigint), cast(? as bigint)"
                        + (ifFirst ? " where not exists (select 1 from api_keys)" : ""),
                    key.id,
                    key.owner,
                    key.label,
                    key.secretSha256,
                    key.role.name(),
                    key.highestPriority.rank(),
                    key.createdAt,
                    key.expiresAt == null ? null : key.expiresAt.toEpochMilli(),
                    key.quota.unfinished(),
                    key.quota.jobsPerDay(),
                    key.quota.storedBytes(),
                    key.quota.secondsPerDay()));
    return added == 1;
  }

  public Optional<Key> find(String id) {
    return database.read(
        connection ->
            Sql.first(connection, ApiKeys::key, "select * from api_keys where id = ?", id));
  }

  public List<Key> list() {
    return database.read(
        connection ->
            Sql.list(connection, ApiKeys::key, "select * from api_keys order by created_at, id"));
  }

  /** Changes what a key may be used for; false if there is none that is valid. */
  public boolean change(String id, Quota quota) {
    return database.write(
            tx ->
                Sql.update(
                    tx.connection(),
                    "update api_keys set quota_unfinished = cast(? as bigint), quota_jobs_per_day ="
                        + " cast(? as bigint), quota_stored_bytes = cast(? as bigint),"
                        + " quota_seconds_per_day = cast(? as bigint) where id = ? and revoked_at"
                        + " is null",
                    quota.unfinished(),
                    quota.jobsPerDay(),
                    quota.storedBytes(),
                    quota.secondsPerDay(),
                    id))
        == 1;
  }

  /** What a key has used as of now. */
  public KeyUsage.Used used(String id, Instant now) {
    return database.read(connection -> KeyUsage.used(connection, id, now));
  }

  /** Revokes a key; false if there is none that could be revoked. */
  public boolean revoke(String id, Instant now) {
    return database.write(
            tx ->
                Sql.update(
                    tx.connection(),
                    "update api_keys set revoked_at = ? where id = ? and revoked_at is null",
                    now,
                    id))
        == 1;
  }

  private static Key key(ResultSet row) throws SQLException {
    return new Key(
        row.getString("id"),
        row.getString("owner"),
        row.getString("label"),
        row.getString("secret_sha256"),
        Role.valueOf(row.getString("role")),
        Priority.ofRank(row.getInt("highest_priority")),
        Objects.requireNonNull(Sql.instant(row, "created_at")),
        Sql.instant(row, "expires_at"),
        Sql.instant(row, "revoked_at"),
        quota(row));
  }

  /** The quota in a row of a key. */
  static Quota quota(ResultSet row) throws SQLException {
    return new Quota(
        Sql.longOrNull(row, "quota_unfinished"),
        Sql.longOrNull(row, "quota_jobs_per_day"),
        Sql.longOrNull(row, "quota_stored_bytes"),
        Sql.longOrNull(row, "quota_seconds_per_day"));
  }
}
