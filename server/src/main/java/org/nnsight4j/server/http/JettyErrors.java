package org.nnsight4j.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemKind;

/** Makes errors below the interface, such as a malformed request line, problem documents too. */
final class JettyErrors extends ErrorHandler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Problem problem =
        (status < 500 ? ProblemKind.BAD_REQUEST : ProblemKind.INTERNAL)
            .with(
                status,
                HttpStatus.getMessage(status),
                status < 500
                    ? "expected an HTTP request as /openapi.json describes it"
                    : "the server failed");
    Exchange exchange = Exchange.of(request);
    // An error resets the headers.
    response.getHeaders().put(Exchange.ID, exchange.id());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    response.write(
        true,
        ByteBuffer.wrap(
            problem.with("requestId", exchange.id()).toJson().getBytes(StandardCharsets.UTF_8)),
        callback);
    return true;
  }
}
