package org.nnsight4j.server.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Requests derived from the description of the interface: some valid, some that break it in one
 * way.
 */
public final class ApiCases {
  /**
   * One request.
   *
   * @param valid whether it fits the description
   * @param how how it differs
   */
  public record Case(
      String operation,
      String method,
      String target,
      Map<String, String> headers,
      String body,
      boolean valid,
      String how) {
    @Override
    public String toString() {
      return "%s %s %s %s (%s)".formatted(method, target, headers, shown(body), how);
    }

    private static String shown(String body) {
      return body.length() < 100 ? body : body.substring(0, 100) + "...";
    }
  }

  /** A parameter that is put into the request. */
  private record Given(String name, String in, String value, boolean fits) {}

  private static final List<String> METHODS =
      List.of("GET", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND");
  private static final List<String> BODIES =
      List.of("echo x", "echo y", "fail x", "sleep 1", "steps 2 1", "nonsense", "costs 999999999");
  private static final List<String> TEXTS =
      List.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings");
  private static final String ODD =
      " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u0000\t\u007f\u00e4\u2028\u0663";

  private final ApiSchema api;
  private final Random random;
  private final String key;
  private final List<String> jobs;

  /**
   * @param key the key of the user who asks
   * @param jobs that there are
   */
  public ApiCases(ApiSchema api, long seed, String key, List<String> jobs) {
    this.api = api;
    this.random = new Random(seed);
    this.key = key;
    this.jobs = jobs;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** The next request. */
  public Case next() {
    List<Map.Entry<String, JsonNode>> paths = new ArrayList<>(api.json().get("paths").properties());
    // The model of these tests has no texts.
    paths.removeIf(path -> TEXTS.contains(path.getKey()));
    Map.Entry<String, JsonNode> path = one(paths);
    List<String> methods = METHODS.stream().filter(m -> has(path.getValue(), m)).toList();
    String method = one(methods);
    JsonNode operation = path.getValue().get(lower(method));
    List<Given> given = new ArrayList<>();
    for (JsonNode list :
        List.of(path.getValue().path("parameters"), operation.path("parameters"))) {
      list.forEach(each -> given(api.resolved(each), given));
    }
    Map<String, String> headers = new LinkedHashMap<>();
    boolean open = operation.has("security");
    if (!open) {
      headers.put("Authorization", "Bearer " + key);
    }
    String body = operation.has("requestBody") ? one(BODIES) : "";
    if (!body.isEmpty()) {
      headers.put("Content-Type", "application/octet-stream");
    }
    String how = "as described";
    boolean valid = true;
    switch (random.nextInt(12)) {
      case 0 -> {
        // What can be got has headers.
        boolean gets = has(path.getValue(), "GET");
        method =
            one(
                METHODS.stream()
                    .filter(m -> !has(path.getValue(), m) && !(gets && m.equals("HEAD")))
                    .toList());
        valid = false;
        how = "another method";
      }
      case 1 -> {
        valid = open;
        headers.remove("Authorization");
        how = "no key";
      }
      case 2 -> {
        valid = open;
        headers.put("Authorization", one(List.of("Bearer x", "Basic eDp5", "Bearer", "")));
        how = "a wrong key";
      }
      case 3 -> {
        valid = given.isEmpty();
        how = "without a parameter";
        if (!given.isEmpty()) {
          Given gone = one(given);
          valid = !required(path.getValue(), operation, gone.name);
          if (!gone.in.equals("path")) {
            given.remove(gone);
          } else {
            valid = true;
          }
        }
      }
      case 4, 5, 6 -> {
        how = "another value";
        if (!given.isEmpty()) {
          Given other = one(given);
          given.remove(other);
          JsonNode schema = schema(path.getValue(), operation, other.name);
          // Without a value it would be another path.
          String value = other.in.equals("path") ? "x" + anything() : anything();
          Given changed =
              new Given(other.name, other.in, value, api.fits(schema, sent(other.in, value)));
          given.add(changed);
          valid = changed.fits;
        }
      }
      case 7 -> {
        valid = open;
        given.add(new Given("x" + random.nextInt(9), "query", anything(), open));
        how = "an unknown parameter";
      }
      case 8 -> {
        valid = body.isEmpty();
        body = "";
        headers.remove("Content-Type");
        how = "no body";
      }
      default -> {}
    }
    String target = target(path.getKey(), given, headers);
    return new Case(
        operation.get("operationId").asText(), method, target, headers, body, valid, how);
  }

  private static boolean has(JsonNode path, String method) {
    return path.has(lower(method));
  }

  private static String lower(String method) {
    return method.toLowerCase(java.util.Locale.ROOT);
  }

  private JsonNode parameter(JsonNode path, JsonNode operation, String name) {
    for (JsonNode list : List.of(path.path("parameters"), operation.path("parameters"))) {
      for (JsonNode each : list) {
        if (api.resolved(each).get("name").asText().equals(name)) {
          return api.resolved(each);
        }
      }
    }
    throw new AssertionError(name);
  }

  private JsonNode schema(JsonNode path, JsonNode operation, String name) {
    return parameter(path, operation, name).get("schema");
  }

  private boolean required(JsonNode path, JsonNode operation, String name) {
    return parameter(path, operation, name).path("required").asBoolean();
  }

  private void given(JsonNode parameter, List<Given> given) {
    if (parameter.path("required").asBoolean() || random.nextInt(3) == 0) {
      String name = parameter.get("name").asText();
      String in = parameter.get("in").asText();
      given.add(new Given(name, in, value(name, parameter.get("schema")), true));
    }
  }

  /** A value that fits. */
  private String value(String name, JsonNode schema) {
    if (schema.has("enum")) {
      return schema.get("enum").get(random.nextInt(schema.get("enum").size())).asText();
    } else if (schema.path("type").asText().equals("integer")) {
      long least = schema.path("minimum").asLong(0);
      long most = Math.min(schema.path("maximum").asLong(1000), least + random.nextInt(1000));
      return Long.toString(random.nextInt(20) == 0 ? schema.path("maximum").asLong(most) : most);
    }
    return switch (name) {
      case "id", "before" ->
          random.nextInt(4) == 0 ? "01a20e2e-5d02-78b8-ab31-1d3bd29303d0" : one(jobs);
      case "name", "model" -> random.nextInt(4) == 0 ? one(List.of("M", "other", "a.b-c_1")) : "m";
      case "Idempotency-Key" -> "key-" + random.nextInt(10);
      case "Range" -> one(List.of("bytes=0-1", "bytes=-1", "bytes=99999999-", "lines=1-2", "x"));
      default -> one(List.of("*", "\"x\"", "W/\"x\"", "x"));
    };
  }

  private String anything() {
    return switch (random.nextInt(8)) {
      case 0 -> "";
      case 1 -> Integer.toString(random.nextInt(10) - 5);
      case 2 ->
          one(List.of("+5", "05", "1e3", "1.0", "99999999999999999999", "\u0665", "-0", "0x1"));
      case 3 -> one(List.of("null", "true", "..", ".", "%", "a/b", "BULK", "Normal", one(jobs)));
      case 4 -> "x".repeat(1 + random.nextInt(300));
      default -> {
        StringBuilder odd = new StringBuilder();
        for (int i = random.nextInt(6); i >= 0; i--) {
          odd.append(ODD.charAt(random.nextInt(ODD.length())));
        }
        yield odd.toString();
      }
    };
  }

  /** What arrives of a value: headers lose surrounding whitespace. */
  private static String sent(String in, String value) {
    return in.equals("header") ? header(value) : value;
  }

  private static String header(String value) {
    return value.replaceAll("[^\\x20-\\x7e]", "").strip();
  }

  private String target(String path, List<Given> given, Map<String, String> headers) {
    String target = path;
    List<String> query = new ArrayList<>();
    for (Given each : given) {
      String encoded = URLEncoder.encode(each.value, StandardCharsets.UTF_8).replace("+", "%20");
      switch (each.in) {
        case "path" -> target = target.replace("{" + each.name + "}", encoded);
        case "query" -> query.add(each.name + "=" + encoded);
        default -> headers.put(each.name, header(each.value));
      }
    }
    return query.isEmpty() ? target : target + "?" + String.join("&", query);
  }
}
