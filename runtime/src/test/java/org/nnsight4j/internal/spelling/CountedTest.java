package org.nnsight4j.internal.spelling;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;

final class CountedTest {
  @Test
  void oneThingIsNotOneThings() {
    assertThat(Counted.of(1, "token")).isEqualTo("1 token");
    assertThat(Counted.of(0, "token")).isEqualTo("0 tokens");
    assertThat(Counted.of(1329, "position")).isEqualTo("1329 positions");
  }
}
