package org.nnsight4j.server.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the same message at most once in ten seconds and says how often it was left out: a disk
 * that is already full must not be filled with messages about it. Messages with the same format are
 * the same, whatever their values.
 */
public final class RareLog {
  private static final long PAUSE_NANOS = 10_000_000_000L;

  private record Written(long at, long leftOut) {}

  private final Logger log;
  private final Map<String, Written> written = new ConcurrentHashMap<>();

  private RareLog(Logger log) {
    this.log = log;
  }

  public static RareLog of(Class<?> user) {
    return new RareLog(LoggerFactory.getLogger(user));
  }

  public void debug(String form, @Nullable Object... values) {
    log.debug(form, values);
  }

  public void warn(String form, @Nullable Object... values) {
    long leftOut = leftOut(form);
    if (leftOut >= 0) {
      log.warn(form + suffix(leftOut), values);
    }
  }

  /** The last value may be a throwable. */
  public void error(String form, @Nullable Object... values) {
    long leftOut = leftOut(form);
    if (leftOut >= 0) {
      log.error(form + suffix(leftOut), values);
    }
  }

  private static String suffix(long leftOut) {
    return leftOut == 0 ? "" : " (and " + leftOut + " times more that were not written)";
  }

  /** How many messages were left out before this one; negative if this one is left out too. */
  private long leftOut(String form) {
    long now = System.nanoTime();
    long[] before = new long[1];
    written.compute(
        form,
        (key, last) -> {
          if (last == null || now - last.at > PAUSE_NANOS) {
            before[0] = last == null ? 0 : last.leftOut;
            return new Written(now, 0);
          }
          before[0] = -1;
          return new Written(last.at, last.leftOut + 1);
        });
    return before[0];
  }
}
