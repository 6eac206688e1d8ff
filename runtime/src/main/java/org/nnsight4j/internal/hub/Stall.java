package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Closes a stream on which nothing came for long: Java's client would wait forever. */
final class Stall implements AutoCloseable {
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "nnsight4j-hub-silence");
            thread.setDaemon(true);
            return thread;
          });

  private final InputStream in;
  private final Duration longest;
  private final Future<?> look;
  private volatile long last = System.nanoTime();
  private volatile boolean ended;

  Stall(InputStream in, Duration longest) {
    this.in = in;
    this.longest = longest;
    long look = Math.max(100, longest.toMillis() / 4);
    this.look = CLOCK.scheduleWithFixedDelay(this::look, look, look, TimeUnit.MILLISECONDS);
  }

  /** Something came. */
  void broken() {
    last = System.nanoTime();
  }

  /** Whether it closed the stream. */
  boolean ended() {
    return ended;
  }

  private void look() {
    if (System.nanoTime() - last > longest.toNanos()) {
      ended = true;
      try {
        in.close();
      } catch (IOException e) {
        // It is closed for whoever reads it.
      }
    }
  }

  @Override
  public void close() {
    look.cancel(false);
  }
}
