package org.nnsight4j.server.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.Problems;

/** Reads bodies whose size is known and allowed before a byte of them is kept. */
final class RequestBody {
  private static final int UNIT = 1024;

  private final int largest;
  private final Semaphore units;

  RequestBody(int largest, long atOnce) {
    this.largest = largest;
    this.units = new Semaphore((int) Math.min(Integer.MAX_VALUE, atOnce / UNIT));
  }

  /** Uses a body; what it takes is free for others afterwards. */
  interface Use<T> {
    T apply(byte[] body);
  }

  <T> T with(ContainerRequestContext request, InputStream in, Use<T> use) throws IOException {
    int length = length(request);
    int wanted = length / UNIT + 1;
    if (!units.tryAcquire(wanted)) {
      throw new ProblemException(
          Problem.of(
              "busy",
              503,
              "The server is busy",
              "expected room for a body of %s bytes, others are sending too much; try again"
                  .formatted(length)),
          1);
    }
    try {
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw Problems.badRequest(
            "expected %s bytes as Content-Length says, found %s".formatted(length, body.length));
      }
      return use.apply(body);
    } finally {
      units.release(wanted);
    }
  }

  private int length(ContainerRequestContext request) {
    String encoding = request.getHeaderString("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new ProblemException(
          Problem.of(
              "compressed",
              415,
              "Compressed body",
              "expected a body as it is, found Content-Encoding '%s'".formatted(encoding)));
    }
    String length = request.getHeaderString("Content-Length");
    if (length == null) {
      throw new ProblemException(
          Problem.of(
              "length-required",
              411,
              "Length required",
              "expected a Content-Length, found none: the size must be known before the body is read"));
    }
    long bytes = parse(length);
    if (bytes > largest) {
      throw new ProblemException(
          Problem.of(
              "request-too-large",
              413,
              "Request too large",
              "expected at most %s bytes, found %s; ask for less, or in parts"
                  .formatted(largest, length)));
    }
    if (bytes == 0) {
      throw Problems.badRequest("expected a body, found none");
    }
    return (int) bytes;
  }

  private static long parse(String length) {
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
