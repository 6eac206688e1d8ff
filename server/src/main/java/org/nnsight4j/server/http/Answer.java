package org.nnsight4j.server.http;

import jakarta.ws.rs.core.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.nnsight4j.server.problem.Problem;

/** A whole answer, before it is known who sends it: Jersey or Jetty. */
@SuppressWarnings("ArrayRecordComponent") // The array is written once.
record Answer(int status, Map<String, String> headers, byte[] body) {
  private static final String TYPE = "Content-Type";

  Answer {
    headers = Map.copyOf(headers);
  }

  static Answer of(int status, String type, byte[] body) {
    return new Answer(status, Map.of(TYPE, type), body);
  }

  static Answer of(Problem problem) {
    return of(
            problem.status(), Problem.MEDIA_TYPE, problem.toJson().getBytes(StandardCharsets.UTF_8))
        .with("X-Problem", problem.code());
  }

  Answer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Answer(status, more, body);
  }

  /** The answer for Jersey, whose filter adds the headers of every answer. */
  Response.ResponseBuilder response() {
    Response.ResponseBuilder response = Response.status(status).entity(body);
    headers.forEach(response::header);
    return response;
  }

  /** Sends the answer with the headers of every answer. */
  void send(Request request, org.eclipse.jetty.server.Response response, Callback callback) {
    HttpFields.Mutable fields = response.getHeaders();
    everywhere(request.isSecure(), fields::put);
    headers.forEach(fields::put);
    response.setStatus(status);
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  /** Gives the headers of every answer: no cache may share it, and its type is as declared. */
  static void everywhere(boolean secure, BiConsumer<String, String> header) {
    header.accept("Cache-Control", "no-store");
    header.accept("X-Content-Type-Options", "nosniff");
    if (secure) {
      header.accept("Strict-Transport-Security", "max-age=31536000");
    }
  }
}
