package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A problem document of the server.
 *
 * @param code a code for programs, for example {@code queue-full}
 * @param status the HTTP status
 * @param node the node of the graph at which it happened
 * @param module the module path of that node
 * @param line the user's line that recorded it
 */
public record RemoteProblem(
    String code,
    int status,
    String title,
    String detail,
    OptionalInt node,
    @Nullable String module,
    @Nullable String line) {
  private static final String TYPE = "urn:nnsight4j:problem:";

  static RemoteProblem of(JsonNode json, int status) {
    String type = json.path("type").asText("");
    return new RemoteProblem(
        type.startsWith(TYPE) ? type.substring(TYPE.length()) : type,
        json.path("status").asInt(status),
        json.path("title").asText("The server refused"),
        json.path("detail").asText("it did not say why"),
        json.path("node").isInt()
            ? OptionalInt.of(json.path("node").intValue())
            : OptionalInt.empty(),
        json.path("module").textValue(),
        json.path("line").textValue());
  }

  String message() {
    StringBuilder text = new StringBuilder(title).append(": ").append(detail);
    // The message of a failed run already ends with the line.
    if (module != null && !detail.contains(module)) {
      text.append(" (module ").append(module).append(')');
    }
    if (line != null && !detail.contains(line)) {
      text.append(" (at ").append(line).append(')');
    }
    return text.toString();
  }
}
