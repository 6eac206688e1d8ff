package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;

final class PrintedNumbersTest {
  @Test
  void neighboursInTheLastDigitAgree() {
    assertThat(PrintedNumbers.agree("h.0  -3.03e-05  0.1165", "h.0  -3.04e-05  0.1165")).isTrue();
    assertThat(PrintedNumbers.agree("9.999", "9.998")).isTrue();
  }

  @Test
  void whatIsFurtherAwayDoesNot() {
    assertThat(PrintedNumbers.agree("0.1165", "0.1167")).isFalse();
    assertThat(PrintedNumbers.agree("-3.03e-05", "3.03e-05")).isFalse();
    assertThat(PrintedNumbers.agree("-3.03e-05", "-3.03e-04")).isFalse();
    assertThat(PrintedNumbers.agree("1.000", "1.00")).isFalse();
  }

  /** A correlation of 0.94 in place of 0.95 was a mistake once. */
  @Test
  void coarseNumbersAndWholeOnesAreExact() {
    assertThat(PrintedNumbers.agree("0.95", "0.94")).isFalse();
    assertThat(PrintedNumbers.agree("120 cells", "121 cells")).isFalse();
  }

  @Test
  void wordsAndSpacesAreExact() {
    assertThat(PrintedNumbers.agree("a 1.234", "b 1.234")).isFalse();
    assertThat(PrintedNumbers.agree("1.234  2.345", "1.234 2.345")).isFalse();
    assertThat(PrintedNumbers.agree("1.234 2.345", "1.234")).isFalse();
  }
}
