package org.nnsight4j.server.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.Likeness;

/**
 * Which of a model's waiting jobs gets a worker next: the most important, then the first. Others
 * that are like it go along, wherever they wait, as long as all together are within one job's
 * budget. Nobody waits for company.
 */
final class Turns implements AutoCloseable {
  /** A place in a turn; the first one leads. */
  record Seat(Turn turn, int place) {
    boolean leads() {
      return place == 0;
    }
  }

  private static final class Waiting {
    private final int priority;
    private final @Nullable Likeness likeness;
    private @Nullable Seat seat;

    private Waiting(int priority, @Nullable Likeness likeness) {
      this.priority = priority;
      this.likeness = likeness;
    }
  }

  private static final long FORGOTTEN_NANOS = 10_000_000_000L;
  private static final int REMEMBERED = 256;

  private final int most;
  private final Budget budget;
  private final List<Waiting> waiting = new ArrayList<>();
  private final Map<String, Long> refused =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > REMEMBERED;
        }
      };
  private int free;
  private boolean closed;

  /**
   * @param workers how many turns there are at a time
   * @param most how many jobs share one at most
   * @param budget of all that share one
   */
  Turns(int workers, int most, Budget budget) {
    this.free = workers;
    this.most = most;
    this.budget = budget;
  }

  /**
   * Waits for a turn.
   *
   * @param likeness asked only if there is something to wait for
   * @throws LaterException if there will be no more
   */
  Seat await(int priority, Supplier<Optional<Likeness>> likeness) {
    if (isFree()) {
      return new Seat(new Turn(1), 0);
    }
    Waiting own = new Waiting(priority, most > 1 ? likeness.get().orElse(null) : null);
    synchronized (this) {
      int place = waiting.size();
      while (place > 0 && waiting.get(place - 1).priority < priority) {
        place--;
      }
      waiting.add(place, own);
      assign();
      while (own.seat == null && !closed) {
        pause(own);
      }
      if (own.seat == null) {
        waiting.remove(own);
        throw new LaterException("the server goes down");
      }
      return own.seat;
    }
  }

  private synchronized boolean isFree() {
    if (closed) {
      throw new LaterException("the server goes down");
    }
    if (free == 0 || !waiting.isEmpty()) {
      return false;
    }
    free--;
    return true;
  }

  private void pause(Waiting own) {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      // Who has a seat already is expected there.
      if (own.seat == null) {
        waiting.remove(own);
        throw new LaterException("interrupted");
      }
    }
  }

  /** A turn is over. */
  synchronized void give() {
    free++;
    assign();
  }

  private void assign() {
    while (free > 0 && !waiting.isEmpty() && !closed) {
      free--;
      List<Waiting> together = company(waiting.get(0));
      waiting.removeAll(together);
      Turn turn = new Turn(together.size());
      for (int place = 0; place < together.size(); place++) {
        together.get(place).seat = new Seat(turn, place);
      }
      notifyAll();
    }
  }

  private List<Waiting> company(Waiting first) {
    List<Waiting> together = new ArrayList<>(List.of(first));
    Likeness wanted = first.likeness;
    if (wanted == null) {
      return together;
    }
    Budget sum = wanted.budget();
    for (Waiting other : waiting) {
      Likeness found = other.likeness;
      if (other == first || found == null || !found.key().equals(wanted.key())) {
        continue;
      }
      Budget more = sum.plus(found.budget());
      if (together.size() < most && more.over(budget).isEmpty()) {
        sum = more;
        together.add(other);
      }
    }
    // Shapes are tried for powers of two only.
    int count = Integer.highestOneBit(together.size());
    while (count > 1 && isRefused(wanted.key(), count)) {
      count /= 2;
    }
    return new ArrayList<>(together.subList(0, count));
  }

  private boolean isRefused(String key, int jobs) {
    Long until = refused.get(name(key, jobs));
    return until != null && until - System.nanoTime() > 0;
  }

  /** So many jobs that are alike did not share a run: that is not tried again for a while. */
  synchronized void refuse(String key, int jobs) {
    refused.put(name(key, jobs), System.nanoTime() + FORGOTTEN_NANOS);
  }

  private static String name(String key, int jobs) {
    return jobs + " of " + key;
  }

  /** Nobody waits any more. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
