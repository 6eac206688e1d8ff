package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.json.StrictJson;
import org.nnsight4j.internal.spelling.HalfCharacters;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.ApiKeys.Role;

/**
 * An admin's request for a new key.
 *
 * @param days the days after which it expires; 0 for never
 */
record NewKeyRequest(String owner, String label, Role role, Priority highestPriority, int days) {
  static final int LARGEST = 16 << 10;

  private static final Set<String> KNOWN =
      Set.of("owner", "label", "role", "highestPriority", "expiresInDays");
  private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
  private static final int LONGEST_LABEL = 200;
  private static final int LONGEST_DAYS = 3650;

  private static final ObjectMapper MAPPER =
      StrictJson.mapper(
          StrictJson.factory(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxStringLength(1000)
                  .maxNameLength(100)
                  .maxNumberLength(20)
                  .build()));

  static NewKeyRequest parse(byte[] body) {
    JsonNode root;
    try {
      root = MAPPER.readTree(body);
    } catch (IOException e) {
      throw Problems.badRequest("expected a JSON object with an owner, found something else");
    }
    if (!(root instanceof ObjectNode object)) {
      throw Problems.badRequest("expected a JSON object with an owner, found something else");
    }
    for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!KNOWN.contains(name)) {
        throw Problems.badRequest("expected members of %s, found '%s'".formatted(KNOWN, name));
      }
    }
    String owner = text(object, "owner", null);
    if (!OWNER.matcher(owner).matches()) {
      throw Problems.badRequest("expected an owner like 'alice' or 'team-1@lab'");
    }
    String label = text(object, "label", "");
    if (label.length() > LONGEST_LABEL) {
      throw wrong("label", "at most %s characters".formatted(LONGEST_LABEL), object.get("label"));
    }
    return new NewKeyRequest(owner, label, role(object), priority(object), days(object));
  }

  private static Role role(ObjectNode object) {
    return switch (text(object, "role", "user")) {
      case "user" -> Role.USER;
      case "admin" -> Role.ADMIN;
      default -> throw wrong("role", "user or admin", object.get("role"));
    };
  }

  private static Priority priority(ObjectNode object) {
    return Priority.parse(text(object, "highestPriority", "normal").toLowerCase(Locale.ROOT))
        .orElseThrow(
            () ->
                wrong(
                    "highestPriority",
                    "bulk, normal or interactive",
                    object.get("highestPriority")));
  }

  private static int days(ObjectNode object) {
    JsonNode value = object.get("expiresInDays");
    if (value == null) {
      return 0;
    }
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > LONGEST_DAYS) {
      throw wrong("expiresInDays", "a number from 1 to " + LONGEST_DAYS, value);
    }
    return value.intValue();
  }

  private static String text(ObjectNode object, String name, @Nullable String usual) {
    JsonNode value = object.get(name);
    if (value == null && usual != null) {
      return usual;
    }
    if (value == null || !value.isTextual() || HalfCharacters.in(value.textValue()).isPresent()) {
      throw wrong(name, "a text", value);
    }
    return value.textValue();
  }

  private static ProblemException wrong(String name, String expected, @Nullable JsonNode found) {
    String shown = found == null ? "nothing" : found.toString();
    return Problems.badRequest(
        "expected %s as '%s', found %s"
            .formatted(
                expected, name, shown.length() <= 64 ? shown : shown.substring(0, 64) + "..."));
  }
}
