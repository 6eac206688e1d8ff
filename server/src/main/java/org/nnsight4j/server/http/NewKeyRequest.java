package org.nnsight4j.server.http;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.store.Quota;

/**
 * An admin's request for a new key.
 *
 * @param days the days after which it expires; 0 for never
 */
record NewKeyRequest(
    String owner, String label, Role role, Priority highestPriority, int days, Quota quota) {
  private static final Set<String> KNOWN =
      Set.of("owner", "label", "role", "highestPriority", "expiresInDays", "quota");
  private static final Set<String> QUOTA =
      Set.of("unfinished", "jobsPerDay", "storedBytes", "secondsPerDay");
  private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
  private static final int LONGEST_LABEL = 200;
  private static final int LONGEST_DAYS = 3650;

  static NewKeyRequest parse(byte[] bytes) {
    JsonBody body = JsonBody.parse(bytes, "an owner", KNOWN);
    String owner = body.text("owner", null);
    if (!OWNER.matcher(owner).matches()) {
      throw Problems.badRequest("expected an owner like 'alice' or 'team-1@lab'");
    }
    String label = body.text("label", "");
    if (label.length() > LONGEST_LABEL) {
      throw body.wrong("label", "at most %s characters".formatted(LONGEST_LABEL));
    }
    Long days = body.number("expiresInDays", 1, LONGEST_DAYS);
    return new NewKeyRequest(
        owner,
        label,
        role(body),
        priority(body),
        days == null ? 0 : days.intValue(),
        quota(body.object("quota", QUOTA)));
  }

  /** The quota that a key should have from now on. */
  static Quota quota(byte[] bytes) {
    return quota(JsonBody.parse(bytes, "the quota", QUOTA));
  }

  private static Quota quota(JsonBody body) {
    return new Quota(
        body.number("unfinished", 0, Integer.MAX_VALUE),
        body.number("jobsPerDay", 0, Integer.MAX_VALUE),
        body.number("storedBytes", 0, Long.MAX_VALUE),
        body.number("secondsPerDay", 0, Integer.MAX_VALUE));
  }

  private static Role role(JsonBody body) {
    return switch (body.text("role", "user")) {
      case "user" -> Role.USER;
      case "admin" -> Role.ADMIN;
      default -> throw body.wrong("role", "user or admin");
    };
  }

  private static Priority priority(JsonBody body) {
    return Priority.parse(body.text("highestPriority", "normal").toLowerCase(Locale.ROOT))
        .orElseThrow(() -> body.wrong("highestPriority", "bulk, normal or interactive"));
  }
}
