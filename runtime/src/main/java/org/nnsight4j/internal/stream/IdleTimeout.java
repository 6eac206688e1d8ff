package org.nnsight4j.internal.stream;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Closes a stream that has been silent for long: the other side may be gone without notice, and
 * Java's client would wait forever.
 */
public final class IdleTimeout implements AutoCloseable {
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "nnsight4j-silence");
            thread.setDaemon(true);
            return thread;
          });

  private final InputStream in;
  private final Duration longest;
  private final Future<?> look;
  private volatile long last = System.nanoTime();
  private volatile boolean ended;

  /**
   * Watches a stream until this is closed.
   *
   * @param longest how long the stream may be silent
   */
  public IdleTimeout(InputStream in, Duration longest) {
    this.in = in;
    this.longest = longest;
    long pause = Math.max(100, longest.toMillis() / 7);
    this.look = CLOCK.scheduleWithFixedDelay(this::look, pause, pause, TimeUnit.MILLISECONDS);
  }

  /** Called when data has arrived. */
  public void broken() {
    last = System.nanoTime();
  }

  /** Whether it closed the stream. */
  public boolean ended() {
    return ended;
  }

  private void look() {
    if (System.nanoTime() - last > longest.toNanos()) {
      ended = true;
      try {
        in.close();
      } catch (IOException e) {
        // The reader sees the closed stream.
      }
    }
  }

  @Override
  public void close() {
    look.cancel(false);
  }
}
