package org.nnsight4j.internal.hub;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Set;
import org.nnsight4j.error.CheckpointException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a failed request is sent again, and how long it waits before; starts again when data
 * has arrived.
 */
final class Patience {
  /** Answers after which the same request may succeed. */
  private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429, 500, 502, 503, 504);

  private static final int MOST = 5;
  private static final Duration FIRST = Duration.ofSeconds(1);

  /** If a hub asks for a longer wait, the user should try again later. */
  private static final Duration LONGEST = Duration.ofMinutes(6);

  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);

  private final Sleeper sleeper;
  private final int most;
  private int tried;

  /** Waits. */
  interface Sleeper {
    Sleeper REAL = pause -> Thread.sleep(pause.toMillis());

    void sleep(Duration pause) throws InterruptedException;
  }

  private Patience(Sleeper sleeper, int most) {
    this.sleeper = sleeper;
    this.most = most;
  }

  /** Up to five more tries. */
  static Patience usual(Sleeper sleeper) {
    return new Patience(sleeper, MOST);
  }

  /** No more tries. */
  static Patience none(Sleeper sleeper) {
    return new Patience(sleeper, 0);
  }

  static boolean isTransient(int status) {
    return TRANSIENT.contains(status);
  }

  /** Called when data has arrived, which shows that the connection works. */
  void renew() {
    tried = 0;
  }

  /** Waits before the next try; returns false if there is none. */
  boolean waits(String why) {
    return waits(why, FIRST.multipliedBy(1L << Math.min(tried, 3)));
  }

  /** {@link #waits(String)}, for as long as the answer asks. */
  boolean waits(String why, HttpResponse<?> response) {
    Duration usual = FIRST.multipliedBy(1L << Math.min(tried, 3));
    Duration asked = asked(response);
    if (asked.compareTo(LONGEST) > 0) {
      throw new CheckpointException(
          "%s, and the hub asks to wait %s seconds; try again then, or set HF_TOKEN, which may be asked for more often"
              .formatted(why, asked.toSeconds()));
    }
    return waits(why, asked.compareTo(usual) > 0 ? asked : usual);
  }

  private boolean waits(String why, Duration pause) {
    if (tried >= most) {
      return false;
    }
    tried++;
    LOG.warn("{}; trying again in {} s ({} of {})", why, pause.toSeconds(), tried, most);
    try {
      sleeper.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException(why + "; interrupted while waiting to try again", e);
    }
    return true;
  }

  /** {@code Retry-After}: seconds, or a date that is compared with the server's own clock. */
  private static Duration asked(HttpResponse<?> response) {
    String text = response.headers().firstValue("Retry-After").orElse("").strip();
    if (text.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      ZonedDateTime until = date(text);
      ZonedDateTime now = date(response.headers().firstValue("Date").orElse(""));
      Duration between = Duration.between(now, until);
      return between.isNegative() ? Duration.ZERO : between;
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  private static ZonedDateTime date(String text) {
    return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
  }
}
