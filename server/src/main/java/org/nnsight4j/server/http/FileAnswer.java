package org.nnsight4j.server.http;

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
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobResult;

/** A file that never changes, whole or in part, as RFC 9110 says. */
final class FileAnswer {
  /** The headers that decide what is sent. */
  record Conditions(
      @Nullable String range,
      @Nullable String ifRange,
      @Nullable String ifMatch,
      @Nullable String ifNoneMatch) {}

  private static final int BUFFER = 256 << 10;

  private final JobResult result;
  private final Path file;
  private final String etag;

  FileAnswer(JobResult result, Path file) {
    this.result = result;
    this.file = file;
    this.etag = "\"" + result.sha256() + "\"";
  }

  Response answer(Conditions conditions, Runnable onEnd) {
    if (conditions.ifMatch != null && !matches(conditions.ifMatch, false)) {
      return common(Response.status(Response.Status.PRECONDITION_FAILED)).build();
    }
    if (conditions.ifNoneMatch != null && matches(conditions.ifNoneMatch, true)) {
      return common(Response.notModified()).build();
    }
    ByteRange.Wanted wanted =
        conditions.range == null
                || (conditions.ifRange != null && !conditions.ifRange.strip().equals(etag))
            ? new ByteRange.Wanted.Whole()
            : ByteRange.parse(conditions.range, result.bytes());
    if (wanted instanceof ByteRange.Wanted.Nothing) {
      return common(Response.status(Response.Status.REQUESTED_RANGE_NOT_SATISFIABLE))
          .header("Content-Range", "bytes */" + result.bytes())
          .build();
    }
    if (wanted instanceof ByteRange.Wanted.Part part) {
      ByteRange range = part.range();
      return body(Response.status(Response.Status.PARTIAL_CONTENT), range, onEnd)
          .header(
              "Content-Range",
              "bytes %d-%d/%d".formatted(range.first(), range.last(), result.bytes()))
          .build();
    }
    return body(Response.ok(), new ByteRange(0, result.bytes() - 1), onEnd).build();
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

  private ResponseBuilder body(ResponseBuilder response, ByteRange range, Runnable onEnd) {
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
    try (FileChannel channel = FileChannel.open(file)) {
      byte[] bytes = new byte[(int) Math.min(BUFFER, Math.max(1, range.length()))];
      long at = range.first();
      while (at <= range.last()) {
        int length = (int) Math.min(bytes.length, range.last() - at + 1);
        int read = channel.read(ByteBuffer.wrap(bytes, 0, length), at);
        if (read < 0) {
          throw new EOFException("the result %s is shorter than it was".formatted(file));
        }
        out.write(bytes, 0, read);
        at += read;
      }
    }
  }
}
