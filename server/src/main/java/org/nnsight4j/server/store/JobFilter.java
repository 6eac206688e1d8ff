package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.StoredJob;

/**
 * Which jobs an administrator selects; null means any.
 *
 * @param revoked only those whose key was revoked
 */
public record JobFilter(
    @Nullable String owner,
    @Nullable String model,
    @Nullable String keyId,
    @Nullable JobState state,
    boolean revoked) {
  /** Jobs of keys that were revoked. */
  public static final JobFilter REVOKED = new JobFilter(null, null, null, null, true);

  private record Condition(String sql, List<@Nullable Object> values) {}

  private Condition condition() {
    StringBuilder sql = new StringBuilder("1 = 1");
    List<@Nullable Object> values = new ArrayList<>();
    equal(sql, values, "owner", owner);
    equal(sql, values, "model", model);
    equal(sql, values, "key_id", keyId);
    equal(sql, values, "state", state == null ? null : state.name());
    if (revoked) {
      sql.append(
          " and exists (select 1 from api_keys where api_keys.id = key_id and revoked_at is not"
              + " null)");
    }
    return new Condition(sql.toString(), values);
  }

  private static void equal(
      StringBuilder sql, List<@Nullable Object> values, String column, @Nullable String value) {
    if (value != null) {
      sql.append(" and ").append(column).append(" = ?");
      values.add(value);
    }
  }

  List<String> cancellable(Connection connection, int limit) throws SQLException {
    Condition condition = condition();
    List<@Nullable Object> values = condition.values;
    values.add(limit);
    return Sql.list(
        connection,
        row -> row.getString(1),
        "select id from jobs where finished_at is null and cancel = 0 and %s order by id limit ?"
            .formatted(condition.sql),
        values.toArray());
  }

  List<StoredJob> list(Connection connection, String before, int limit) throws SQLException {
    Condition condition = condition();
    List<@Nullable Object> values = condition.values;
    values.add(before);
    values.add(limit);
    return Sql.list(
        connection,
        JobRows::job,
        "select * from jobs where %s and id < ? order by id desc limit ?".formatted(condition.sql),
        values.toArray());
  }
}
