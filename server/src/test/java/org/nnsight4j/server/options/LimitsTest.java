package org.nnsight4j.server.options;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.server.execute.Budget;

/** Limits change one at a time and cannot be switched off. */
final class LimitsTest {
  @Test
  void oneChangesAndTheOthersStay() {
    Limits limits = Limits.USUAL.with(Limit.NODES, 7).with(Limit.KEEP_SECONDS, 90);
    for (Limit limit : Limit.values()) {
      long expected = limit == Limit.NODES ? 7 : limit == Limit.KEEP_SECONDS ? 90 : limit.usual();
      assertWithMessage(limit.label()).that(limits.of(limit)).isEqualTo(expected);
      assertThat(Limits.USUAL.of(limit)).isEqualTo(limit.usual());
      assertThat(Limit.named(limit.label())).isEqualTo(limit);
    }
    assertThat(limits.time(Limit.KEEP_SECONDS)).isEqualTo(Duration.ofSeconds(90));
    assertThat(limits.budget())
        .isEqualTo(new Budget(7, Limit.BYTES.usual(), Limit.FLOPS.usual(), Limit.STEPS.usual()));
  }

  @Test
  void unknownLimitsAreRefused() {
    for (Limit limit : Limit.values()) {
      assertThrows(IllegalArgumentException.class, () -> Limits.USUAL.with(limit, 0));
    }
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> Limits.USUAL.with(Limit.WINDOW, 1L << 31));
    assertThat(refused)
        .hasMessageThat()
        .isEqualTo("expected 1 to 2147483647 as the limit window, found 2147483648");
  }

  @Test
  void anOperatorNamesThem() {
    Limits limits = Limits.of(List.of("nodes=7", "keep-seconds=90"));
    assertThat(limits.of(Limit.NODES)).isEqualTo(7);
    assertThat(limits.of(Limit.KEEP_SECONDS)).isEqualTo(90);
    assertThat(limits.of(Limit.JOBS)).isEqualTo(Limit.JOBS.usual());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nodes | expected a limit as NAME=N, found 'nodes'",
        "nodes= | expected an integer as the limit nodes, found ''",
        "nodes=7.5 | expected an integer as the limit nodes, found '7.5'",
        "nodes=7,nodes=8 | expected the limit nodes once, found it again as 'nodes=8'; leave one out",
        "jobs=0 | expected 1 to 2147483647 as the limit jobs, found 0"
      })
  void misspelledLimitsAreRefused(String given, String message) {
    List<String> limits = List.of(given.split(",", -1));
    assertThat(assertThrows(IllegalArgumentException.class, () -> Limits.of(limits)))
        .hasMessageThat()
        .isEqualTo(message);
  }
}
