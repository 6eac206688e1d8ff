package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.nnsight4j.internal.spelling.Shown;

/** A line on the terminal that counts seconds while something takes long, and then disappears. */
final class ElapsedSeconds implements AutoCloseable {
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "progress");
            thread.setDaemon(true);
            return thread;
          });
  private final PrintWriter err;
  private final String task;
  private final long start = System.nanoTime();
  private String parts = "";
  private int shown;

  private ElapsedSeconds(PrintWriter err, String task) {
    this.err = err;
    this.task = Shown.line(task);
  }

  /** Shows nothing if {@code err} is not a terminal; the start script knows that. */
  static ElapsedSeconds of(PrintWriter err, String task) {
    ElapsedSeconds progress = new ElapsedSeconds(err, task);
    if (isTerminal()) {
      progress.clock.scheduleAtFixedRate(progress::show, 1, 1, TimeUnit.SECONDS);
    }
    return progress;
  }

  private static boolean isTerminal() {
    String told = System.getProperty("nnsight4j.progress");
    return told == null ? System.console() != null : Boolean.parseBoolean(told);
  }

  /** Also says how many parts of the task are done. */
  synchronized void parts(long done, long all) {
    parts = ", %s of %s".formatted(done, all);
  }

  private synchronized void show() {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    String line = "%s (%s s%s)".formatted(task, seconds, parts);
    err.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
    shown = Math.max(shown, line.length());
    err.flush();
  }

  @Override
  public void close() {
    clock.shutdownNow();
    synchronized (this) {
      if (shown > 0) {
        err.print("\r" + " ".repeat(shown) + "\r");
        err.flush();
        shown = 0;
      }
    }
  }
}
