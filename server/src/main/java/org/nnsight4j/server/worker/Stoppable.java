package org.nnsight4j.server.worker;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A run that can be asked to end. Its thread is interrupted, which a model notices between two
 * kernels; a run that is asked before it starts ends when it starts.
 */
final class Stoppable {
  private @Nullable Thread thread;
  private boolean asked;

  /** Runs, and afterwards forgets that it was asked to end. */
  <T> T run(Supplier<T> work) {
    begin();
    try {
      return work.get();
    } finally {
      end();
    }
  }

  private synchronized void begin() {
    thread = Thread.currentThread();
    if (asked) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void end() {
    thread = null;
    asked = false;
    // The next run was not asked to end.
    boolean interrupted = Thread.interrupted();
    assert !interrupted || !Thread.currentThread().isInterrupted();
  }

  synchronized void ask() {
    asked = true;
    if (thread != null) {
      thread.interrupt();
    }
  }

  synchronized boolean isAsked() {
    return asked;
  }
}
