package org.nnsight4j.remote;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Closes a stream on which nothing came for long: the other side may be gone without a word. The
 * server says that it is alive every ten seconds.
 */
final class IdleTimeout implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(35);
  private static final Duration LOOK = Duration.ofSeconds(5);

  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "nnsight4j-silence");
            thread.setDaemon(true);
            return thread;
          });

  private final InputStream in;
  private final Future<?> look;
  private volatile long last = System.nanoTime();

  IdleTimeout(InputStream in) {
    this.in = in;
    this.look =
        CLOCK.scheduleWithFixedDelay(
            this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Something came. */
  void broken() {
    last = System.nanoTime();
  }

  private void look() {
    if (System.nanoTime() - last > LONGEST.toNanos()) {
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
