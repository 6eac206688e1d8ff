package org.nnsight4j.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemKind;

/** Turns every error of a resource, and of finding one, into a problem document. */
final class ProblemMapper implements ExceptionMapper<Throwable> {
  private final Refusals refusals;
  @Context private @Nullable HttpServletRequest servlet;

  ProblemMapper(Refusals refusals) {
    this.refusals = refusals;
  }

  @Override
  public Response toResponse(Throwable error) {
    return error instanceof WebApplicationException web
        ? web(web)
        : refusals.of(error, Exchange.of(servlet)).response().build();
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
    Answer answer = refusals.of(problem, 0, Exchange.of(servlet));
    return (status == 405
            ? answer.with("Allow", String.join(", ", given.getAllowedMethods()))
            : answer)
        .response()
        .build();
  }
}
