package org.nnsight4j.server.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.problem.Problems;

/** Reads bodies whose size is known and allowed before any byte is kept. */
final class RequestBody {
  private static final int FIRST = 1 << 20;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final int largest;
  private final Uploads uploads;

  RequestBody(int largest, Uploads uploads) {
    this.largest = largest;
    this.uploads = uploads;
  }

  /** Uses a body; its memory is available to others afterwards. */
  interface Use<T> {
    T apply(byte[] body);
  }

  <T> T with(ContainerRequestContext request, InputStream in, Use<T> use) throws IOException {
    return with(Exchange.of(request), KeyFilter.caller(request).owner(), in, use);
  }

  /** Uses the body of a request of {@code owner}. */
  <T> T with(Exchange request, String owner, InputStream in, Use<T> use) throws IOException {
    int length = length(request);
    boolean whole = in.available() >= length;
    try (Uploads.Upload upload = uploads.begin(owner, length, whole)) {
      return use.apply(read(in, length));
    }
  }

  private byte[] read(InputStream in, int length) throws IOException {
    byte[] body = new byte[Math.min(length, FIRST)];
    long begin = System.nanoTime();
    int count = 0;
    while (count < length) {
      if (count == body.length) {
        body = Arrays.copyOf(body, (int) Math.min(length, 2L * count));
      }
      int read = in.read(body, count, body.length - count);
      if (read < 0) {
        throw Problems.badRequest(
            "expected %s bytes as Content-Length says, found %s".formatted(length, count));
      }
      count += read;
      checkPace(begin, count);
    }
    return body;
  }

  private void checkPace(long begin, int count) {
    long took = System.nanoTime() - begin;
    if (took > PATIENCE_NANOS && count < took / 1e9 * uploads.slowest()) {
      throw new ProblemException(
          ProblemKind.TOO_SLOW.with(
              "expected at least %s bytes a second of a request, found %s in %s s"
                  .formatted(uploads.slowest(), count, took / 1_000_000_000)));
    }
  }

  private int length(Exchange request) {
    String encoding = request.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new ProblemException(
          ProblemKind.COMPRESSED.with(
              "expected a body as it is, found Content-Encoding '%s'".formatted(encoding)));
    }
    String length = request.header("Content-Length");
    if (length == null) {
      throw new ProblemException(
          ProblemKind.LENGTH_REQUIRED.with(
              "expected a Content-Length, found none: the size must be known before the body is"
                  + " read"));
    }
    long bytes = parse(length);
    if (bytes > largest) {
      throw new ProblemException(
          ProblemKind.REQUEST_TOO_LARGE.with(
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
