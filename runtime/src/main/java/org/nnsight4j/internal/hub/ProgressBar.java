package org.nnsight4j.internal.hub;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A line on a terminal that shows the progress of a download and disappears at its end. */
public final class ProgressBar implements AutoCloseable, Arrival {
  private static final long BETWEEN = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int WIDTH = 20;
  private static final double MEGA = 1e6;

  private final @Nullable PrintStream out;
  private String file = "";
  private long first;
  private long begun;
  private long drawn;
  private int shown;

  ProgressBar(@Nullable PrintStream out) {
    this.out = out;
  }

  /** A bar on standard error, if that is a terminal and the environment does not disable bars. */
  public static ProgressBar of(HubSettings settings) {
    String told = System.getProperty("nnsight4j.progress");
    boolean terminal = told == null ? System.console() != null : Boolean.parseBoolean(told);
    return new ProgressBar(terminal && settings.bars() ? System.err : null);
  }

  @Override
  public synchronized void at(String name, long bytes, long size) {
    if (out == null) {
      return;
    }
    long now = System.nanoTime();
    if (!name.equals(file)) {
      file = name;
      first = bytes;
      begun = now;
    } else if (now - drawn < BETWEEN && bytes != size) {
      return;
    }
    drawn = now;
    String line = line(name, bytes, size, bytes - first, now - begun);
    out.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
    out.flush();
    shown = line.length();
  }

  static String line(String file, long bytes, long size, long come, long nanos) {
    String speed =
        nanos < BETWEEN || come <= 0
            ? ""
            : String.format(Locale.ROOT, ", %.1f MB/s", come / MEGA / (nanos / 1e9));
    if (size <= 0) {
      return String.format(Locale.ROOT, "%s  %.1f MB%s", file, bytes / MEGA, speed);
    }
    int done = (int) (bytes * WIDTH / size);
    return String.format(
        Locale.ROOT,
        "%s  [%s%s] %.1f of %.1f MB%s",
        file,
        "#".repeat(done),
        " ".repeat(WIDTH - done),
        bytes / MEGA,
        size / MEGA,
        speed);
  }

  @Override
  public synchronized void close() {
    if (out != null && shown > 0) {
      out.print("\r" + " ".repeat(shown) + "\r");
      out.flush();
      shown = 0;
    }
  }
}
