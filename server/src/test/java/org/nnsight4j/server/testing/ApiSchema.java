package org.nnsight4j.server.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The description of the interface, as far as JSON Schema is used in it. */
public record ApiSchema(JsonNode json) {
  public static ApiSchema of(TestServer server) throws IOException {
    return new ApiSchema(
        TestServer.json(server.send(HttpRequest.newBuilder(server.uri("/openapi.json")))));
  }

  /** What a reference stands for. */
  public JsonNode resolved(JsonNode given) {
    return given.has("$ref") ? json.at(given.get("$ref").asText().substring(1)) : given;
  }

  public JsonNode operation(String id) {
    for (JsonNode path : json.get("paths")) {
      for (JsonNode method : path) {
        if (method.path("operationId").asText().equals(id)) {
          return method;
        }
      }
    }
    throw new AssertionError("no operation " + id);
  }

  /** How an answer differs from the description. */
  public List<String> wrong(String operation, int status, String contentType, byte[] body)
      throws IOException {
    JsonNode responses = operation(operation).get("responses");
    String code = Integer.toString(status);
    if (!responses.has(code)) {
      return List.of(operation + " does not answer " + code);
    }
    JsonNode content = responses.get(code).path("content");
    if (content.isEmpty()) {
      return List.of();
    }
    String type = contentType.replaceAll(";.*", "").toLowerCase(Locale.ROOT);
    if (!content.has(type)) {
      return List.of(operation + " " + code + " is not of type " + type);
    }
    List<String> wrong = new ArrayList<>();
    if (type.endsWith("json")) {
      compare("$", content.get(type).get("schema"), new ObjectMapper().readTree(body), wrong);
    }
    return wrong;
  }

  /** How a value differs from a schema of that name. */
  public List<String> wrong(String schema, JsonNode value) {
    List<String> wrong = new ArrayList<>();
    compare("$", json.at("/components/schemas/" + schema), value, wrong);
    return wrong;
  }

  /** Whether a text, as it stands in an address or a header, is a value of a schema. */
  public boolean fits(JsonNode schema, String text) {
    if (schema.path("type").asText().equals("integer")) {
      return text.matches("-?(0|[1-9][0-9]{0,17})")
          && Long.parseLong(text) >= schema.path("minimum").asLong(Long.MIN_VALUE)
          && Long.parseLong(text) <= schema.path("maximum").asLong(Long.MAX_VALUE);
    }
    boolean listed = !schema.has("enum");
    for (JsonNode each : schema.path("enum")) {
      listed |= each.asText().equals(text);
    }
    return listed
        && (!schema.has("pattern")
            || Pattern.compile(schema.get("pattern").asText()).matcher(text).find());
  }

  private void compare(String at, JsonNode given, JsonNode value, List<String> wrong) {
    JsonNode schema = resolved(given);
    boolean fits =
        switch (schema.path("type").asText()) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isTextual();
          case "integer" -> value.isIntegralNumber();
          case "boolean" -> value.isBoolean();
          default -> false;
        };
    if (!fits) {
      wrong.add(at + ": expected " + schema.path("type") + ", found " + value);
      return;
    }
    if (value.isValueNode() && !fits(schema, value.asText())) {
      wrong.add(at + ": " + value);
    }
    for (JsonNode required : schema.path("required")) {
      if (!value.has(required.asText())) {
        wrong.add(at + ": lacks " + required);
      }
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      JsonNode known = schema.path("properties").path(member.getKey());
      if (!known.isMissingNode()) {
        compare(at + "." + member.getKey(), known, member.getValue(), wrong);
      } else if (!schema.path("additionalProperties").asBoolean(true)) {
        wrong.add(at + ": does not know " + member.getKey());
      }
    }
    if (value.isArray()) {
      value.forEach(each -> compare(at + "[]", schema.get("items"), each, wrong));
    }
  }
}
