package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.problem.ProblemException;

final class CrashesTest {
  private long now;
  private final Crashes crashes = new Crashes(() -> now);

  @Test
  void aUserWhoContinuesWaitsLongerAndLonger() {
    for (int i = 0; i < 4; i++) {
      crashes.add("mallory");
      crashes.check("mallory");
    }
    assertThat(pause()).isEqualTo(6);
    now += Duration.ofSeconds(6).toNanos();
    crashes.check("mallory");
    assertThat(pause()).isEqualTo(11);
    assertThat(pause()).isEqualTo(21);
    for (int i = 0; i < 100; i++) {
      crashes.add("mallory");
    }
    assertThat(pause()).isEqualTo(301);
    crashes.check("alice");
    now += Duration.ofMinutes(11).toNanos();
    crashes.check("mallory");
  }

  private int pause() {
    crashes.add("mallory");
    ProblemException refused = assertThrows(ProblemException.class, () -> crashes.check("mallory"));
    assertThat(refused.problem().status()).isEqualTo(429);
    return refused.retryAfterSeconds();
  }
}
