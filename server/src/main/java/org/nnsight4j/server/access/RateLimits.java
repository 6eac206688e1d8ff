package org.nnsight4j.server.access;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Limits how often a caller may send requests. Forgets callers that have been idle for long, so it
 * stays small.
 */
public final class RateLimits {
  /**
   * With the wall clock, setting it back would block all callers until the same time comes again.
   */
  static final TimeMeter TIME = TimeMeter.SYSTEM_NANOTIME;

  private static final int REMEMBERED = 10_000;
  private static final int BURST = 10;
  private static final long NANOS = 1_000_000_000L;

  private final int perSecond;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > REMEMBERED;
        }
      };

  public RateLimits(int perSecond) {
    this.perSecond = perSecond;
  }

  /**
   * Takes one request of {@code who}'s allowance; returns the seconds to wait, 0 if it is allowed
   * now.
   */
  public int take(String who) {
    ConsumptionProbe probe = bucket(who).tryConsumeAndReturnRemaining(1);
    return probe.isConsumed() ? 0 : seconds(probe.getNanosToWaitForRefill());
  }

  /** The seconds until {@code who} may send a request; takes nothing. */
  public int look(String who) {
    var estimate = bucket(who).estimateAbilityToConsume(1);
    return estimate.canBeConsumed() ? 0 : seconds(estimate.getNanosToWaitForRefill());
  }

  private static int seconds(long nanos) {
    return (int) Math.max(1, (nanos + NANOS - 1) / NANOS);
  }

  private Bucket bucket(String who) {
    synchronized (buckets) {
      return buckets.computeIfAbsent(who, key -> make());
    }
  }

  private Bucket make() {
    return Bucket.builder()
        .addLimit(
            Bandwidth.builder()
                .capacity((long) perSecond * BURST)
                .refillGreedy(perSecond, Duration.ofSeconds(1))
                .build())
        .withCustomTimePrecision(TIME)
        .build();
  }
}
