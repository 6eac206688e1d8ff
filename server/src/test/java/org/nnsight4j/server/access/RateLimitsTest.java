package org.nnsight4j.server.access;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;

/** How often a caller may send requests. */
final class RateLimitsTest {
  @Test
  void aLimitedCallerMayAskAgainHoweverTheClockIsSet() {
    assertThat(RateLimits.TIME.isWallClockBased()).isFalse();
    RateLimits limits = new RateLimits(1);
    for (int i = 0; i < 10; i++) {
      assertThat(limits.take("alice")).isEqualTo(0);
    }
    assertThat(limits.take("alice")).isEqualTo(1);
    assertThat(limits.take("bob")).isEqualTo(0);
  }
}
