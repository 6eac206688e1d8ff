package org.nnsight4j.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemKind;

/**
 * Says whether the server is alive and ready, without needing a request thread, so that probes are
 * answered under any load. All other requests go on to those threads.
 */
final class Probes extends Handler.Wrapper {
  static final String LIVE = "/livez";
  static final String READY = "/readyz";

  private static final String OK = "ok\n";

  private final Supplier<List<String>> problems;

  /**
   * @param problems why no jobs can be accepted or run; already known, so that no probe waits
   */
  Probes(Supplier<List<String>> problems, Handler next) {
    super(next);
    this.problems = problems;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String path = Request.getPathInContext(request);
    if (path.equals(LIVE)) {
      return answer(request, response, callback, 200, OK);
    } else if (path.equals(READY)) {
      List<String> found = problems.get();
      return found.isEmpty()
          ? answer(request, response, callback, 200, OK)
          : answer(request, response, callback, 503, String.join("\n", found) + "\n");
    }
    return super.handle(request, response, callback);
  }

  private static boolean answer(
      Request request, Response response, Callback callback, int status, String text) {
    HttpFields.Mutable headers = response.getHeaders();
    Answer.everywhere(request.isSecure(), headers::put);
    String method = request.getMethod();
    boolean known = method.equals("GET") || method.equals("HEAD");
    String body = text;
    if (known) {
      response.setStatus(status);
      headers.put(HttpHeader.CONTENT_TYPE, "text/plain");
    } else {
      response.setStatus(405);
      headers.put(HttpHeader.ALLOW, "GET, HEAD");
      headers.put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
      body =
          ProblemKind.METHOD_NOT_ALLOWED.with("expected one of the methods [GET, HEAD]").toJson();
    }
    response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
    return true;
  }
}
