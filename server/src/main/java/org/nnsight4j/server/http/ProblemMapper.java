package org.nnsight4j.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.dispatch.Measures;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.StoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns every error into a problem document; for the server's own errors it reveals only an id. */
final class ProblemMapper implements ExceptionMapper<Throwable> {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemMapper.class);

  /** A database that cannot be reached fails each request. */
  private static final RareLog RARE = RareLog.of(ProblemMapper.class);

  private final Measures measures;
  @Context private @Nullable HttpServletRequest servlet;

  ProblemMapper(Measures measures) {
    this.measures = measures;
  }

  @Override
  public Response toResponse(Throwable error) {
    if (error instanceof ProblemException refused) {
      return answer(refused.problem(), refused.retryAfterSeconds());
    }
    if (error instanceof WebApplicationException web) {
      return web(web);
    }
    if (error instanceof StoreException) {
      return unexpected(
          error,
          ProblemKind.STORE_UNAVAILABLE,
          "expected to reach the database, did not; try again later");
    }
    if (error instanceof BadMessageException || error instanceof EofException) {
      return answer(
          ProblemKind.BAD_REQUEST.with("expected a whole request, it ended early or was malformed"),
          0);
    }
    if (error instanceof HttpException http && http.getCode() < 500) {
      return answer(
          ProblemKind.BAD_REQUEST.with(
              http.getCode(),
              HttpStatus.getMessage(http.getCode()),
              "expected a request as /openapi.json describes it"),
          0);
    }
    if (error instanceof IOException && error.getCause() instanceof TimeoutException) {
      return answer(ProblemKind.TOO_SLOW.with("expected the request sooner"), 0);
    }
    return unexpected(
        error, ProblemKind.INTERNAL, "the server failed; tell its operator the instance");
  }

  private Response web(WebApplicationException error) {
    Response given = error.getResponse();
    int status = given.getStatus();
    if (status < 400) {
      return given;
    }
    Problem problem =
        switch (status) {
          case 404 ->
              ProblemKind.NO_SUCH_PATH.with(
                  "expected a path of /openapi.json, or on the port for administration one of"
                      + " /admin or /metrics, found another; is this the right port?");
          case 405 ->
              ProblemKind.METHOD_NOT_ALLOWED.with(
                  "expected one of the methods %s".formatted(given.getAllowedMethods()));
          case 406 ->
              ProblemKind.NOT_ACCEPTABLE.with(
                  "expected an Accept header that allows what this path gives, see /openapi.json");
          case 415 ->
              ProblemKind.UNSUPPORTED_MEDIA_TYPE.with(
                  "expected the Content-Type that this path takes, see /openapi.json");
          default ->
              (status < 500 ? ProblemKind.BAD_REQUEST : ProblemKind.INTERNAL)
                  .with(
                      status,
                      given.getStatusInfo().getReasonPhrase(),
                      "expected a request as /openapi.json describes it");
        };
    Response answer = answer(problem, 0);
    if (status == 405) {
      return Response.fromResponse(answer)
          .header("Allow", String.join(", ", given.getAllowedMethods()))
          .build();
    }
    return answer;
  }

  private Response unexpected(Throwable error, ProblemKind kind, String detail) {
    String instance = "urn:uuid:" + UUID.randomUUID();
    String request = Exchange.of(servlet).id();
    if (kind.status() == 503) {
      RARE.error("{} (request {}): {}", instance, request, Shown.trace(error));
    } else {
      LOG.error("{} (request {}): {}", instance, request, Shown.trace(error));
    }
    return answer(kind.with(detail).with("instance", instance), kind.status() == 503 ? 5 : 0);
  }

  static Response.ResponseBuilder response(Problem problem) {
    return Response.status(problem.status())
        .type(Problem.MEDIA_TYPE)
        .header("X-Problem", problem.code())
        .entity(problem.toJson());
  }

  private Response answer(Problem problem, int retryAfterSeconds) {
    measures.refused(problem.code());
    Response.ResponseBuilder response =
        servlet != null && TextsResource.isOne(servlet.getRequestURI())
            ? TextErrors.response(problem)
            : response(problem.with("requestId", Exchange.of(servlet).id()));
    if (retryAfterSeconds > 0) {
      response.header("Retry-After", retryAfterSeconds);
    }
    if (problem.status() == 401) {
      response.header("WWW-Authenticate", "Bearer");
    }
    return response.build();
  }
}
