package org.nnsight4j.server.http;

import java.util.HashMap;
import java.util.Map;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/**
 * Limits the bytes being received: for one user, so that others can send too; for all, to what fits
 * into memory. A slow sender holds a thread, so these are limited as well.
 */
final class Uploads {
  private static final class Own {
    private long bytes;
    private int slow;
  }

  /** The memory that a request takes besides its bytes. */
  private static final long MORE = 1024;

  private final long bytesAtOnce;
  private final long bytesPerUser;
  private final int slowAtOnce;
  private final int slowPerUser;
  private final int slowest;
  private final Map<String, Own> byUser = new HashMap<>();
  private long bytes;
  private int slow;

  /**
   * @param slowAtOnce how many threads may wait for bytes
   */
  Uploads(Limits limits, int slowAtOnce) {
    this.bytesAtOnce = limits.of(Limit.REQUEST_BYTES_AT_ONCE);
    this.bytesPerUser =
        Math.max(limits.of(Limit.REQUEST_BYTES_PER_USER), limits.of(Limit.REQUEST_BYTES));
    this.slowAtOnce = slowAtOnce;
    this.slowPerUser = limits.count(Limit.UPLOADS_PER_USER);
    this.slowest = limits.count(Limit.UPLOAD_BYTES_PER_SECOND);
  }

  /** The least bytes a second at which a body may arrive. */
  int slowest() {
    return slowest;
  }

  /** A body that is being received; its memory is available again when this is closed. */
  final class Upload implements AutoCloseable {
    private final String owner;
    private final long length;
    private final int waits;

    private Upload(String owner, long length, int waits) {
      this.owner = owner;
      this.length = length;
      this.waits = waits;
    }

    @Override
    public void close() {
      synchronized (Uploads.this) {
        count(owner, -length, -waits);
      }
    }
  }

  /**
   * Reserves memory for a body.
   *
   * @param whole whether all of it has arrived already, so that no thread waits for it
   * @throws ProblemException if there is none
   */
  synchronized Upload begin(String owner, long length, boolean whole) {
    int waits = whole ? 0 : 1;
    Own own = byUser.getOrDefault(owner, new Own());
    if (own.bytes + length > bytesPerUser) {
      throw refused(
          ProblemKind.TOO_MANY_UPLOADS,
          "expected at most %s bytes of one user's requests at a time, found %s on their way and %s more"
              .formatted(bytesPerUser, own.bytes, length));
    }
    if (own.slow + waits > slowPerUser) {
      throw refused(
          ProblemKind.TOO_MANY_UPLOADS,
          "expected at most %s requests of one user whose bytes are waited for, found as many on their way"
              .formatted(slowPerUser));
    }
    if (bytes + length + MORE > bytesAtOnce || slow + waits > slowAtOnce) {
      throw refused(
          ProblemKind.BUSY,
          "expected room for a body of %s bytes, others are sending too much".formatted(length));
    }
    count(owner, length, waits);
    return new Upload(owner, length, waits);
  }

  private void count(String owner, long moreBytes, int moreSlow) {
    bytes += moreBytes;
    slow += moreSlow;
    Own own = byUser.computeIfAbsent(owner, key -> new Own());
    own.bytes += moreBytes;
    own.slow += moreSlow;
    if (own.bytes == 0) {
      byUser.remove(owner);
    }
  }

  private static ProblemException refused(ProblemKind kind, String detail) {
    return new ProblemException(kind.with(detail + "; try again in a second"), 1);
  }
}
