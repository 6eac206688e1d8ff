package org.nnsight4j.server.dispatch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.execute.BatchKey;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.worker.Worker;

/**
 * Decides which of a model's waiting jobs gets a worker next: the one with the highest priority,
 * then the one whose user has used the workers least, then the first. It takes along jobs that are
 * alike, wherever they wait, as long as all together stay within one job's budget. No job waits for
 * others to share with. If there are several workers, one is reserved for users whose runs are
 * short, while there are such users.
 */
final class Turns implements AutoCloseable {
  /**
   * A place in a turn; the first one leads.
   *
   * @param row a place beside other jobs that run already; null in a turn of its own
   */
  record Seat(Turn turn, int place, Rows.@Nullable Place row) {
    Seat(Turn turn, int place) {
      this(turn, place, null);
    }

    boolean leads() {
      return place == 0;
    }
  }

  private static final class Waiting {
    private final int priority;
    private final String owner;
    private final @Nullable BatchKey batchKey;

    /** Of this job alone: a turn for one must not wake all. */
    private final Condition changed;

    private @Nullable Seat seat;

    private Waiting(int priority, String owner, @Nullable BatchKey batchKey, Condition changed) {
      this.priority = priority;
      this.owner = owner;
      this.batchKey = batchKey;
      this.changed = changed;
    }
  }

  private static final long FORGOTTEN_NANOS = 10_000_000_000L;
  private static final int REMEMBERED = 256;

  /** How often waiting jobs check whether they may use the reserved worker. */
  private static final long LOOK_MILLIS = 500;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private int workers;
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
  private final UsedTime used;
  private final int rows;
  private final List<Rows> open = new ArrayList<>();
  private int free;
  private boolean closed;

  /**
   * @param workers how many turns there can be at a time
   * @param most how many jobs may share one
   * @param budget the budget of all that share one
   * @param used told of each run
   */
  Turns(int workers, int most, Budget budget, UsedTime used) {
    this(workers, most, budget, used, 1);
  }

  /**
   * @param rows how many jobs that can join others may be in one worker at a time
   */
  Turns(int workers, int most, Budget budget, UsedTime used, int rows) {
    this.rows = rows;
    this.workers = workers;
    this.used = used;
    this.free = workers;
    this.most = most;
    this.budget = budget;
  }

  /**
   * Waits for a turn.
   *
   * @param owner the owner of the job; called only if there is a choice
   * @param batchKey called only if the job has to wait
   * @throws LaterException if there will be no more
   */
  Seat await(int priority, Supplier<String> owner, Supplier<Optional<BatchKey>> batchKey) {
    if (isFree()) {
      return new Seat(new Turn(1), 0);
    }
    boolean asks = most > 1 || rows > 1;
    Waiting own =
        new Waiting(
            priority, owner.get(), asks ? batchKey.get().orElse(null) : null, lock.newCondition());
    lock.lock();
    try {
      waiting.add(own);
      assign();
      while (own.seat == null && !closed) {
        pause(own);
        assign();
      }
      if (own.seat == null) {
        waiting.remove(own);
        throw new LaterException("the server goes down");
      }
      return own.seat;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFree() {
    lock.lock();
    try {
      if (closed) {
        throw new LaterException("the server goes down");
      }
      return tryTake();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a turn if there is one that nobody waits for; it ends with {@link #give}. */
  boolean tryTake() {
    lock.lock();
    try {
      // The last of several workers is reserved.
      boolean choice = workers > 1 && free == 1;
      // After a scale down there may be fewer than none.
      if (closed || free <= 0 || choice || !waiting.isEmpty()) {
        return false;
      }
      free--;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void pause(Waiting own) {
    try {
      if (workers > 1) {
        boolean unused = own.changed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } else {
        own.changed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      // A job that already has a seat has to take it.
      if (own.seat == null) {
        waiting.remove(own);
        throw new LaterException("interrupted");
      }
    }
  }

  /** Changes how many turns there can be at a time; those in progress end as they would. */
  void scale(int wanted) {
    lock.lock();
    try {
      free += wanted - workers;
      workers = wanted;
      assign();
      // With more than one, each looks again from time to time.
      waiting.forEach(each -> each.changed.signal());
    } finally {
      lock.unlock();
    }
  }

  /** How many turns are in progress. */
  int busy() {
    lock.lock();
    try {
      return workers - free;
    } finally {
      lock.unlock();
    }
  }

  /** The time that users have used workers. */
  UsedTime used() {
    return used;
  }

  /** Ends a turn. */
  void give() {
    lock.lock();
    try {
      free++;
      assign();
    } finally {
      lock.unlock();
    }
  }

  /** Whether a worker can have more than one job that joins others. */
  boolean hasRows() {
    return rows > 1;
  }

  /**
   * Opens the worker of a job's turn to jobs that can join it.
   *
   * @param bytes what that job takes
   */
  Rows.Place open(Worker worker, long bytes) {
    lock.lock();
    try {
      Rows opened = new Rows(worker);
      open.add(opened);
      Rows.Place place = opened.add(bytes);
      assign();
      return place;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a job's use of a worker with others; returns true if it was the last one there. */
  boolean leave(Rows.Place place) {
    lock.lock();
    try {
      place.rows().remove(place);
      boolean last = place.rows().count() == 0;
      if (last) {
        open.remove(place.rows());
      } else {
        assign();
      }
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** How many jobs are at the workers that are open to others. */
  int inRows() {
    lock.lock();
    try {
      return open.stream().mapToInt(Rows::count).sum();
    } finally {
      lock.unlock();
    }
  }

  /** How many jobs are at the worker of this one. */
  int company(Rows.Place place) {
    lock.lock();
    try {
      return place.rows().count();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A place beside other jobs. Only the job whose turn it is gets one: where it cannot join, the
   * others wait with it, so that the workers become free.
   */
  private Rows.@Nullable Place place(Waiting next) {
    BatchKey key = next.batchKey;
    if (key == null || !key.joins()) {
      return null;
    }
    long bytes = key.budget().bytes();
    for (Rows each : open) {
      if (each.hasRoom(bytes, rows, budget.bytes())) {
        return each.add(bytes);
      }
    }
    return null;
  }

  private void assign() {
    while (!closed) {
      Waiting next = next();
      if (next == null) {
        return;
      }
      if (free <= 0) {
        Rows.Place place = place(next);
        if (place == null) {
          return;
        }
        waiting.remove(next);
        next.seat = new Seat(new Turn(1), 0, place);
        next.changed.signal();
        continue;
      }
      free--;
      List<Waiting> together = company(next);
      waiting.removeAll(together);
      Turn turn = new Turn(together.size());
      for (int place = 0; place < together.size(); place++) {
        together.get(place).seat = new Seat(turn, place);
        together.get(place).changed.signal();
      }
    }
  }

  /** The job that leads the next turn; null if no waiting job may have the free worker. */
  private @Nullable Waiting next() {
    Waiting best = null;
    double least = 0;
    // Once for each user; a user's own jobs go in order.
    Map<String, Double> usedBy = new HashMap<>();
    for (Waiting each : waiting) {
      if (workers > 1 && free == 1 && used.isLong(each.owner) && used.othersAreShort(each.owner)) {
        continue;
      }
      double own = usedBy.computeIfAbsent(each.owner, used::of);
      if (best == null
          || each.priority > best.priority
          || (each.priority == best.priority && own < least)) {
        best = each;
        least = own;
      }
    }
    return best;
  }

  private List<Waiting> company(Waiting first) {
    List<Waiting> together = new ArrayList<>(List.of(first));
    BatchKey wanted = first.batchKey;
    if (wanted == null || wanted.joins()) {
      return together;
    }
    Budget sum = wanted.budget();
    for (Waiting other : waiting) {
      BatchKey found = other.batchKey;
      if (other == first || found == null || !found.key().equals(wanted.key())) {
        continue;
      }
      Budget more = sum.plus(found.budget());
      if (together.size() < most && more.over(budget).isEmpty()) {
        sum = more;
        together.add(other);
      }
    }
    // Sharing is tried only for powers of two.
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

  /** Records that this many alike jobs did not share a run; that is not tried again for a while. */
  void refuse(String key, int jobs) {
    lock.lock();
    try {
      refused.put(name(key, jobs), System.nanoTime() + FORGOTTEN_NANOS);
    } finally {
      lock.unlock();
    }
  }

  private static String name(String key, int jobs) {
    return jobs + " of " + key;
  }

  /**
   * Waits for a while.
   *
   * @throws LaterException if there will be no more turns
   */
  void sleep(long millis) {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (left > 0 && !closed) {
        left = closing.awaitNanos(left);
      }
      if (closed) {
        throw new LaterException("the server goes down");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaterException("interrupted");
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waiting. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      closing.signalAll();
      waiting.forEach(each -> each.changed.signal());
    } finally {
      lock.unlock();
    }
  }
}
