package org.nnsight4j.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import org.nnsight4j.server.problem.Problem;

/** Problems in the form that clients of OpenAI's API read. */
final class TextErrors {
  private TextErrors() {}

  static Answer answer(Problem problem) {
    byte[] body = json(problem).toString().getBytes(StandardCharsets.UTF_8);
    return Answer.of(status(problem), MediaType.APPLICATION_JSON, body)
        .with("X-Problem", problem.code());
  }

  /** A request that cannot be done is a bad one, whatever the reason is. */
  private static int status(Problem problem) {
    return problem.status() == 422 ? 400 : problem.status();
  }

  static ObjectNode json(Problem problem) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode error = json.putObject("error");
    error.put("message", problem.detail());
    error.put("type", type(status(problem)));
    Object param = problem.details().get("param");
    error.put("param", param == null ? null : param.toString());
    error.put("code", problem.code());
    return json;
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 429 -> "rate_limit_error";
      default -> status < 500 ? "invalid_request_error" : "server_error";
    };
  }
}
