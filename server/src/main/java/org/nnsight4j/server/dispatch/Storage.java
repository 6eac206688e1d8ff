package org.nnsight4j.server.dispatch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.JobCleaning;
import org.nnsight4j.server.store.Servers;
import org.nnsight4j.server.store.StoreException;

/** Checks whether database and disk accept what the server has to write. */
public final class Storage {
  private static final RareLog LOG = RareLog.of(Storage.class);
  private static final Duration SHORT = Duration.ofSeconds(60);

  private final String server;
  private final Servers servers;
  private final ResultFiles results;
  private final Limits limits;
  private final Clock clock;

  /**
   * @param server the name of this server
   */
  public Storage(String server, Servers servers, ResultFiles results, Limits limits, Clock clock) {
    this.server = server;
    this.servers = servers;
    this.results = results;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * For waiting jobs and kept results, no time passes while the only server is down. A clock that
   * was set can look like such a time, too.
   */
  public void nothingPassed(JobCleaning cleaning) {
    Instant now = clock.instant();
    Optional<Duration> down = servers.last().map(last -> Duration.between(last, now));
    if (down.isPresent() && down.get().abs().compareTo(SHORT) > 0) {
      cleaning.move(down.get());
    }
    servers.forget(now);
  }

  /** Writes that this server is alive. */
  public void alive() {
    servers.alive(server, clock.instant());
  }

  /** Why the database accepts no writes; empty if it does. */
  public Optional<String> refusal() {
    try {
      alive();
      return Optional.empty();
    } catch (StoreException e) {
      LOG.warn("the database takes nothing: {}", Shown.line(String.valueOf(e.getMessage())));
      return Optional.of("the database takes nothing: is its disk full, or is it read-only?");
    }
  }

  /** Why there is no room for results; empty if there is. */
  public Optional<String> full() {
    long free = results.freeBytes();
    return free < limits.of(Limit.FREE_DISK_BYTES)
        ? Optional.of(
            "the disk is full: %s bytes are free, expected %s"
                .formatted(free, limits.of(Limit.FREE_DISK_BYTES)))
        : Optional.empty();
  }
}
