package org.nnsight4j.remote;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;

/** Prints the state of a job: a line for each status, and on a terminal a progress bar. */
public final class StatusLine implements Watcher {
  private static final int WIDTH = 30;
  private static final long PAUSE_NANOS = 100_000_000;

  /** Shorter pauses are not reported, and longer ones are not reported again at once. */
  private static final Duration LONG = Duration.ofSeconds(1);

  private static final Duration NOT_AGAIN = Duration.ofSeconds(10);

  private final PrintStream out;
  private final boolean terminal;
  private long shownAt;
  private @Nullable Long saidAt;
  private int shown;

  /**
   * @param terminal whether lines can be overwritten
   */
  public StatusLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  static StatusLine standardError() {
    return new StatusLine(System.err, System.console() != null);
  }

  @Override
  public synchronized void status(String jobId, JobStatus status, String text) {
    clear();
    out.printf(Locale.ROOT, "[%s] %-9s %s%n", Shown.line(jobId), status, Shown.line(text));
  }

  @Override
  public synchronized void progress(String jobId, long done, long total, String text) {
    bar("%s of %s %s".formatted(done, total, Shown.line(text)), done, total);
  }

  @Override
  public synchronized void download(String jobId, long bytes, long total) {
    bar("%s of %s".formatted(size(bytes), size(total)), bytes, total);
    if (bytes == total) {
      clear();
      out.printf(Locale.ROOT, "[%s] %-9s %s%n", Shown.line(jobId), "RESULT", size(total));
    }
  }

  @Override
  public synchronized void waiting(String why, Duration pause) {
    long now = System.nanoTime();
    if (pause.compareTo(LONG) < 0 || (saidAt != null && now - saidAt < NOT_AGAIN.toNanos())) {
      return;
    }
    saidAt = now;
    clear();
    out.printf(
        Locale.ROOT, "%s; trying again in %.1f s%n", Shown.line(why), pause.toMillis() / 1000.0);
  }

  private void bar(String text, long done, long total) {
    long now = System.nanoTime();
    if (!terminal || total <= 0 || (shown > 0 && now - shownAt < PAUSE_NANOS && done < total)) {
      return;
    }
    shownAt = now;
    int full = (int) (WIDTH * Math.min(done, total) / total);
    String line = "[%s%s] %s".formatted("#".repeat(full), " ".repeat(WIDTH - full), text);
    out.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
    out.flush();
    shown = line.length();
  }

  private void clear() {
    if (shown > 0) {
      out.print("\r" + " ".repeat(shown) + "\r");
      shown = 0;
    }
  }

  private static String size(long bytes) {
    return bytes < 1 << 20
        ? "%s bytes".formatted(bytes)
        : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
