package org.nnsight4j.server.http;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemKind;

/** Sends a result, which never changes, whole or in part, according to RFC 9110. */
final class FileAnswer {
  /** The headers that decide what is sent. */
  record Conditions(
      @Nullable String range,
      @Nullable String ifRange,
      @Nullable String ifMatch,
      @Nullable String ifNoneMatch) {}

  private static final int FIRST = 16 << 10;
  private static final int BUFFER = 256 << 10;

  /** Outside the heap, so that no byte passes through it. */
  private static final BlockingQueue<ByteBuffer> BUFFERS = new ArrayBlockingQueue<>(32);

  private final JobResult result;
  private final @Nullable Path file;
  private final byte[] body;
  private final HttpServletResponse servlet;
  private final Function<Problem, ResponseBuilder> refused;
  private final String etag;

  /**
   * @param servlet where the bytes are written, bypassing Jersey, which would copy them
   * @param refused makes the answer with a problem
   */
  FileAnswer(
      JobResult result,
      Path file,
      HttpServletResponse servlet,
      Function<Problem, ResponseBuilder> refused) {
    this(result, file, new byte[0], servlet, refused);
  }

  /** The answer with a small result. */
  FileAnswer(
      JobResult result,
      byte[] body,
      HttpServletResponse servlet,
      Function<Problem, ResponseBuilder> refused) {
    this(result, null, body, servlet, refused);
  }

  private FileAnswer(
      JobResult result,
      @Nullable Path file,
      byte[] body,
      HttpServletResponse servlet,
      Function<Problem, ResponseBuilder> refused) {
    this.refused = refused;
    this.result = result;
    this.file = file;
    this.body = body;
    this.servlet = servlet;
    this.etag = "\"" + result.sha256() + "\"";
  }

  /**
   * @param onEnd called once, when nothing more is sent
   */
  Response answer(Conditions conditions, Runnable onEnd) {
    if (conditions.ifMatch != null && !matches(conditions.ifMatch, false)) {
      onEnd.run();
      return common(
              refused.apply(ProblemKind.CHANGED.with("expected the result with the ETag " + etag)))
          .build();
    }
    if (conditions.ifNoneMatch != null && matches(conditions.ifNoneMatch, true)) {
      onEnd.run();
      return common(Response.notModified()).build();
    }
    ByteRange.Wanted wanted =
        conditions.range == null
                || (conditions.ifRange != null && !conditions.ifRange.strip().equals(etag))
            ? new ByteRange.Wanted.Whole()
            : ByteRange.parse(conditions.range, result.bytes());
    if (wanted instanceof ByteRange.Wanted.Nothing) {
      onEnd.run();
      return common(
              refused.apply(
                  ProblemKind.NO_SUCH_RANGE.with(
                      "expected a range of the %s bytes that there are, found one beyond them"
                          .formatted(result.bytes()))))
          .header("Content-Range", "bytes */" + result.bytes())
          .build();
    }
    if (wanted instanceof ByteRange.Wanted.Part part) {
      ByteRange range = part.range();
      return sending(Response.status(Response.Status.PARTIAL_CONTENT), range, onEnd)
          .header(
              "Content-Range",
              "bytes %s-%s/%s".formatted(range.first(), range.last(), result.bytes()))
          .build();
    }
    return sending(Response.ok(), new ByteRange(0, result.bytes() - 1), onEnd).build();
  }

  private boolean matches(String header, boolean weak) {
    return header.strip().equals("*")
        || Arrays.stream(header.split(",", -1))
            .map(String::strip)
            .map(tag -> weak && tag.startsWith("W/") ? tag.substring(2) : tag)
            .anyMatch(etag::equals);
  }

  private ResponseBuilder common(ResponseBuilder response) {
    return response
        .header(HttpHeaders.ETAG, etag)
        .header("Accept-Ranges", "bytes")
        .header(
            "Repr-Digest",
            "sha-256=:%s:"
                .formatted(
                    Base64.getEncoder()
                        .encodeToString(
                            HexFormat.of().parseHex(result.sha256().toLowerCase(Locale.ROOT)))));
  }

  private ResponseBuilder sending(ResponseBuilder response, ByteRange range, Runnable onEnd) {
    StreamingOutput output =
        out -> {
          try {
            send(range, out);
          } finally {
            onEnd.run();
          }
        };
    return common(response)
        .type("application/octet-stream")
        .header(HttpHeaders.CONTENT_LENGTH, range.length())
        .entity(output);
  }

  private void send(ByteRange range, OutputStream out) throws IOException {
    if (file == null) {
      out.write(body, (int) range.first(), (int) range.length());
      return;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      // When it gets more than it buffers, Jersey sends the headers; the rest bypasses it.
      byte[] first = new byte[(int) Math.min(FIRST, range.length())];
      fill(channel, ByteBuffer.wrap(first), range.first());
      out.write(first);
      if (range.length() > FIRST) {
        sendDirectly(channel, range.first() + FIRST, range.last());
      }
    }
  }

  private void sendDirectly(FileChannel channel, long begin, long last) throws IOException {
    ServletOutputStream socket = servlet.getOutputStream();
    ByteBuffer buffer = BUFFERS.poll();
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(BUFFER);
    }
    try {
      long at = begin;
      while (at <= last) {
        buffer.clear().limit((int) Math.min(BUFFER, last - at + 1));
        fill(channel, buffer, at);
        at += buffer.position();
        socket.write(buffer.flip());
      }
    } finally {
      boolean kept = BUFFERS.offer(buffer);
      assert kept || BUFFERS.remainingCapacity() == 0;
    }
  }

  private void fill(FileChannel channel, ByteBuffer buffer, long at) throws IOException {
    long next = at;
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, next);
      if (read < 0) {
        throw new EOFException("the result %s is shorter than it was".formatted(file));
      }
      next += read;
    }
  }
}
