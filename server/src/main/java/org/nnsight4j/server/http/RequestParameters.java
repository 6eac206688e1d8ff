package org.nnsight4j.server.http;

import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobIds;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.problem.Problems;

/** The query of a request: each name is known, each value occurs once and is checked. */
final class RequestParameters {
  private static final Pattern WHOLE = Pattern.compile("0|[1-9][0-9]{0,9}");
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");

  private final Map<String, List<String>> values;

  private RequestParameters(Map<String, List<String>> values) {
    this.values = values;
  }

  static RequestParameters of(UriInfo uri, String... known) {
    return of(uri.getQueryParameters(), known);
  }

  /** Checks decoded parameters. */
  static RequestParameters of(Map<String, List<String>> values, String... known) {
    List<String> names = Arrays.asList(known);
    values.forEach(
        (name, all) -> {
          if (!names.contains(name)) {
            throw Problems.badRequest(
                "expected query parameters of %s, found '%s'".formatted(names, shown(name)));
          }
          if (all.size() != 1) {
            throw Problems.badRequest(
                "expected the parameter '%s' once, found it %s times".formatted(name, all.size()));
          }
        });
    return new RequestParameters(values);
  }

  String required(String name) {
    String value = text(name);
    if (value == null || value.isEmpty()) {
      throw Problems.badRequest("expected the query parameter '%s', found none".formatted(name));
    }
    return shown(value);
  }

  /** Whether there are no parameters. */
  boolean isEmpty() {
    return values.isEmpty();
  }

  @Nullable String text(String name) {
    List<String> all = values.get(name);
    return all == null ? null : all.get(0);
  }

  @Nullable JobState state(String name) {
    String value = text(name);
    if (value == null) {
      return null;
    }
    return Arrays.stream(JobState.values())
        .filter(state -> state.name().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                Problems.badRequest(
                    "expected a state of %s, found '%s'"
                        .formatted(Arrays.toString(JobState.values()), shown(value))));
  }

  @Nullable Priority priority(String name) {
    String value = text(name);
    return value == null
        ? null
        : Priority.parse(value)
            .orElseThrow(
                () ->
                    Problems.badRequest(
                        "expected a priority of bulk, normal, interactive, found '%s'"
                            .formatted(shown(value))));
  }

  @Nullable Duration seconds(String name) {
    return text(name) == null ? null : Duration.ofSeconds(number(name, 0, 1, Integer.MAX_VALUE));
  }

  /** Whether a parameter is true; false if there is none. */
  boolean flag(String name) {
    String value = text(name);
    if (value != null && !value.equals("true") && !value.equals("false")) {
      throw Problems.badRequest(
          "expected true or false for '%s', found '%s'".formatted(name, shown(value)));
    }
    return "true".equals(value);
  }

  @Nullable String jobId(String name) {
    String value = text(name);
    if (value != null && !JobIds.wellFormed(value)) {
      throw Problems.badRequest("expected the id of a job for '%s'".formatted(name));
    }
    return value;
  }

  int number(String name, int usual, int least, int most) {
    String value = text(name);
    if (value == null) {
      return usual;
    }
    int number = whole(value);
    if (number >= least && number <= most) {
      return number;
    }
    throw Problems.badRequest(
        "expected a number from %s to %s for '%s', found '%s'"
            .formatted(least, most, name, shown(value)));
  }

  /** A number as JSON writes it, without a sign and in ASCII digits; negative if it is not one. */
  static int whole(String text) {
    return WHOLE.matcher(text).matches() && Long.parseLong(text) <= Integer.MAX_VALUE
        ? Integer.parseInt(text)
        : -1;
  }

  static @Nullable String idempotencyKey(@Nullable String header) {
    if (header != null && !KEY.matcher(header).matches()) {
      throw Problems.badRequest(
          "expected an Idempotency-Key of 1 to 200 visible ASCII characters, found %s characters"
              .formatted(header.length()));
    }
    return header;
  }

  private static String shown(String text) {
    String visible = text.replaceAll("[^\\x20-\\x7e]", "?");
    return visible.length() <= 64 ? visible : visible.substring(0, 64) + "...";
  }
}
