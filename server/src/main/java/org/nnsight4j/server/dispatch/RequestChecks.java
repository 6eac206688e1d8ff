package org.nnsight4j.server.dispatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks requests on a few threads of its own, for one user after another, within a deadline and a
 * part of the heap: whatever a request contains, it costs other users at most a turn.
 */
public final class RequestChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RequestChecks.class);
  private static final int WAITING_OF_ONE = 16;
  private static final int WAITING_OF_ALL = 1024;
  private static final long LOOK_MILLIS = 100;
  private static final int RETRY_SECONDS = 1;
  private static final int UNIT = 1 << 20;

  /** The memory that reading JSON takes for each byte, at worst for "[],", which is a list. */
  private static final int JSON = 40;

  private static final class Task extends FutureTask<Verdict> {
    private final int units;
    private volatile long begun;

    Task(RequestCheck check, byte[] body, int units) {
      super(() -> check.check(body));
      this.units = units;
    }

    @Override
    public void run() {
      begun = System.nanoTime();
      super.run();
    }

    boolean isOver(Duration longest) {
      return begun != 0 && System.nanoTime() - begun > longest.toNanos();
    }
  }

  private final Duration longest;
  private final int memory;
  private final Semaphore free;

  /** The waiting tasks of each user, in the order in which users get their turns. */
  private final Map<String, Deque<Task>> waiting = new LinkedHashMap<>();

  private int count;
  private boolean closed;

  /**
   * Starts to wait for requests.
   *
   * @param longest how long one check may take
   */
  public RequestChecks(int threads, Duration longest) {
    this.longest = longest;
    this.memory = (int) Math.max(1, Runtime.getRuntime().maxMemory() / 2 / UNIT);
    this.free = new Semaphore(memory, true);
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(this::work, "check-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Few enough to leave processors for everything else. */
  public static RequestChecks usual() {
    return new RequestChecks(
        Math.max(2, Runtime.getRuntime().availableProcessors() / 4), Duration.ofSeconds(10));
  }

  /**
   * Checks a request.
   *
   * @param waits whether the sender is still there, and its key still valid; called during a long
   *     check
   * @throws ProblemException if there is no turn for it, or it takes too long
   */
  Verdict check(String owner, RequestCheck check, byte[] body, BooleanSupplier waits) {
    Task task = new Task(check, body, units(body));
    add(owner, task);
    try {
      while (true) {
        try {
          return task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (!waits.getAsBoolean()) {
            throw gone();
          } else if (task.isOver(longest)) {
            throw tooLong();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw busy("the server goes down");
    } catch (CancellationException e) {
      throw busy("the server goes down");
    } catch (ExecutionException e) {
      throw failed(e);
    } finally {
      task.cancel(true);
      forget(owner, task);
    }
  }

  /**
   * Estimates the memory for reading it; the length of the JSON is the first number of a
   * safetensors file.
   */
  private int units(byte[] body) {
    long json = body.length;
    if (body.length >= Long.BYTES) {
      long said = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).getLong();
      json = said < 0 ? body.length : Math.min(body.length, said);
    }
    return (int) Math.min(memory, (2L * body.length + JSON * json) / UNIT + 1);
  }

  private synchronized void add(String owner, Task task) {
    Deque<Task> own = waiting.computeIfAbsent(owner, name -> new ArrayDeque<>());
    if (own.size() >= WAITING_OF_ONE) {
      throw new ProblemException(
          ProblemKind.TOO_MANY_REQUESTS.with(
              "expected at most %s requests of one user that wait to be looked at, found more; send the next when one is answered"
                  .formatted(WAITING_OF_ONE)),
          RETRY_SECONDS);
    }
    if (count >= WAITING_OF_ALL || closed) {
      throw busy("expected at most %s requests to look at, found more".formatted(WAITING_OF_ALL));
    }
    own.addLast(task);
    count++;
    notifyAll();
  }

  private synchronized void forget(String owner, Task task) {
    Deque<Task> own = waiting.get(owner);
    if (own != null) {
      if (own.remove(task)) {
        count--;
      }
      if (own.isEmpty()) {
        waiting.remove(owner);
      }
    }
  }

  /**
   * The next task of the user whose turn it is, who then goes to the end; null when this closes.
   */
  private synchronized Task next() throws InterruptedException {
    while (waiting.values().stream().allMatch(Deque::isEmpty)) {
      if (closed) {
        throw new InterruptedException("nobody looks at requests any more");
      }
      wait();
    }
    Map.Entry<String, Deque<Task>> turn =
        waiting.entrySet().stream()
            .filter(entry -> !entry.getValue().isEmpty())
            .findFirst()
            .orElseThrow();
    Task task = turn.getValue().removeFirst();
    count--;
    waiting.remove(turn.getKey());
    waiting.put(turn.getKey(), turn.getValue());
    return task;
  }

  private void work() {
    try {
      while (true) {
        Task task = next();
        free.acquire(task.units);
        try {
          task.run();
        } finally {
          free.release(task.units);
          // An interrupt of this task, which is over.
          boolean unused = Thread.interrupted();
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("a thread that looks at requests ends");
    }
  }

  private static ProblemException failed(ExecutionException e) {
    if (e.getCause() instanceof OutOfMemoryError) {
      LOG.warn("a request was refused because there was no memory to look at it");
      return busy("there is not enough memory to look at this request now");
    }
    LOG.warn("a request was refused because its check failed: {}", Shown.trace(e));
    return new ProblemException(
        ProblemKind.NOT_A_REQUEST.with(
            "expected a graph as this version of nnsight4j writes it, found one that cannot be understood"));
  }

  private ProblemException tooLong() {
    return busy(
        "expected to look at a request within %s s, this one takes longer"
            .formatted(longest.toSeconds()));
  }

  /** No client receives it. */
  private static ProblemException gone() {
    return new ProblemException(
        ProblemKind.SENDER_GONE.with(
            "expected a sender that waits for the answer, with a key that is valid, found none"));
  }

  private static ProblemException busy(String why) {
    return new ProblemException(ProblemKind.BUSY.with(why + "; try again later"), RETRY_SECONDS);
  }

  @Override
  public synchronized void close() {
    closed = true;
    waiting.values().forEach(own -> own.forEach(task -> task.cancel(true)));
    notifyAll();
  }
}
