package org.nnsight4j.server.http;

import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
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
final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

  /** A database that cannot be reached fails each request. */
  private static final RareLog RARE = RareLog.of(Refusals.class);

  private final Measures measures;

  Refusals(Measures measures) {
    this.measures = measures;
  }

  /** The answer to a request that failed. */
  Answer of(Throwable error, Exchange exchange) {
    if (error instanceof ProblemException refused) {
      return of(refused.problem(), refused.retryAfterSeconds(), exchange);
    }
    if (error instanceof StoreException) {
      return unexpected(
          error,
          ProblemKind.STORE_UNAVAILABLE,
          "expected to reach the database, did not; try again later",
          exchange);
    }
    if (error instanceof BadMessageException || error instanceof EofException) {
      return of(
          ProblemKind.BAD_REQUEST.with("expected a whole request, it ended early or was malformed"),
          0,
          exchange);
    }
    if (error instanceof HttpException http && http.getCode() < 500) {
      return of(
          ProblemKind.BAD_REQUEST.with(
              http.getCode(),
              HttpStatus.getMessage(http.getCode()),
              "expected a request as /openapi.json describes it"),
          0,
          exchange);
    }
    if (error instanceof IOException && error.getCause() instanceof TimeoutException) {
      return of(ProblemKind.TOO_SLOW.with("expected the request sooner"), 0, exchange);
    }
    return unexpected(
        error, ProblemKind.INTERNAL, "the server failed; tell its operator the instance", exchange);
  }

  private Answer unexpected(Throwable error, ProblemKind kind, String detail, Exchange exchange) {
    String instance = "urn:uuid:" + UUID.randomUUID();
    if (kind.status() == 503) {
      RARE.error("{} (request {}): {}", instance, exchange.id(), Shown.trace(error));
    } else {
      LOG.error("{} (request {}): {}", instance, exchange.id(), Shown.trace(error));
    }
    return of(kind.with(detail).with("instance", instance), kind.status() == 503 ? 5 : 0, exchange);
  }

  /** The answer that tells a problem. */
  Answer of(Problem problem, int retryAfterSeconds, Exchange exchange) {
    measures.refused(problem.code());
    Answer answer =
        exchange.isOfText()
            ? TextErrors.answer(problem)
            : Answer.of(problem.with("requestId", exchange.id()));
    if (retryAfterSeconds > 0) {
      answer = answer.with("Retry-After", Integer.toString(retryAfterSeconds));
    }
    return problem.status() == 401 ? answer.with("WWW-Authenticate", "Bearer") : answer;
  }
}
