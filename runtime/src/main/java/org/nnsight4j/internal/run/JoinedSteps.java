package org.nnsight4j.internal.run;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.spelling.Counted;

/**
 * Batches the steps of runs of generation: all that wait for their next logits get them from one
 * forward pass. Runs come and go between two passes. Each run has a thread of its own, which reads
 * its prompt, chooses its tokens and stops by its own rules; only the pass over one token of each
 * row is common, on a thread that belongs to no run, so that the end of one cannot interrupt it.
 *
 * <p>The pass is a step of a padded batch: rows end in the same column of a common cache.
 */
public final class JoinedSteps implements AutoCloseable {
  private final Network network;
  private final JoinedPass pass;

  /** Held while the network computes: passes of several threads at once would be slower. */
  private final ReentrantLock computing = new ReentrantLock(true);

  private final Set<Member> members = new LinkedHashSet<>();
  private @Nullable Thread thread;
  private boolean closed;

  JoinedSteps(Blueprint blueprint, Network network, long memory) {
    this.network = network;
    this.pass = new JoinedPass(blueprint, network, memory);
  }

  /**
   * One token of each row of a run.
   *
   * @param own the run's cache, as long as it has not joined
   * @param from for each row, which of the run's rows of the step before it continues
   * @param lengths how many tokens each row has, with this one
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Step(Taps taps, KvCache own, int[] from, long[] lengths, long[] tokens) {
    int rows() {
      return tokens.length;
    }
  }

  /** A run among the others. */
  final class Member implements AutoCloseable {
    private @Nullable Step waiting;
    private float @Nullable [][] logits;
    private @Nullable Throwable failure;
    volatile boolean joined;

    /** Its first row in the common cache, before its next step. */
    int first;

    int count;

    private volatile int most;

    /** Whether its keys are in the common cache. */
    boolean hasJoined() {
      return joined;
    }

    /** In words for the receipt. */
    String described() {
      return most == 0
          ? "alone because no other run was there"
          : "batched with up to " + Counted.of(most, "other row");
    }

    /** The next logits of each row; what the run's own listeners throw is thrown here. */
    float[][] step(Step step) {
      boolean interrupted = false;
      try {
        synchronized (JoinedSteps.this) {
          waiting = step;
          members.add(this);
          begin();
          JoinedSteps.this.notifyAll();
          while (waiting != null) {
            try {
              JoinedSteps.this.wait();
            } catch (InterruptedException e) {
              // The pass needs what this run has; its next call of the engine ends it.
              interrupted = true;
            }
          }
          return taken();
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private float[][] taken() {
      Throwable failed = failure;
      float[][] found = logits;
      failure = null;
      logits = null;
      if (failed instanceof RuntimeException e) {
        throw e;
      } else if (failed instanceof Error e) {
        throw e;
      } else if (found == null) {
        throw new IllegalStateException("a step has neither logits nor a failure");
      }
      return found;
    }

    void answer(float @Nullable [][] found, @Nullable Throwable failed) {
      synchronized (JoinedSteps.this) {
        logits = found;
        failure = failed;
        waiting = null;
        JoinedSteps.this.notifyAll();
      }
    }

    Step step() {
      Step step = waiting;
      if (step == null) {
        throw new IllegalStateException("this run waits for no step");
      }
      return step;
    }

    /** Called when so many rows of others were in the same pass. */
    void others(int rows) {
      most = Math.max(most, rows);
    }

    /** The run is over. */
    @Override
    public void close() {
      synchronized (JoinedSteps.this) {
        members.remove(this);
        JoinedSteps.this.notifyAll();
      }
    }
  }

  Member member() {
    return new Member();
  }

  /** A pass of one run alone, while no other one computes. */
  <T> T between(Supplier<T> pass) {
    computing.lock();
    try {
      return pass.get();
    } finally {
      computing.unlock();
    }
  }

  private void begin() {
    if (closed) {
      throw closed();
    }
    if (thread == null) {
      thread = new Thread(this::passes, "nnsight4j-joined-steps");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void passes() {
    try (Arena arena = Arena.open(network.device())) {
      while (true) {
        List<Member> ready = awaitReady();
        if (isClosed()) {
          ready.forEach(member -> member.answer(null, closed()));
          return;
        }
        var unused =
            between(
                () -> {
                  pass.run(ready, arena);
                  return ready;
                });
      }
    }
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("the model was closed");
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Waits until all members wait; nobody there means that the cache is no longer needed. */
  private synchronized List<Member> awaitReady() {
    while (!closed) {
      boolean over = members.isEmpty() && pass.hasCache();
      boolean all = members.stream().allMatch(member -> member.waiting != null);
      if (over || (all && !members.isEmpty())) {
        break;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        closed = true;
      }
    }
    return List.copyOf(members);
  }

  /** Ends the thread of the passes; runs that still wait for a step fail. */
  @Override
  public void close() {
    Thread ending;
    synchronized (this) {
      closed = true;
      ending = thread;
      notifyAll();
    }
    if (ending != null) {
      try {
        ending.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
