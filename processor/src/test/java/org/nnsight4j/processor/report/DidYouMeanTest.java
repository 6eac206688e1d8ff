package org.nnsight4j.processor.report;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DidYouMeanTest {
  private static final List<String> NAMES = List.of("Block", "Hidden", "Inner", "Vocab");

  @ParameterizedTest
  @CsvSource({
    "Hiden, Hidden",
    "hidden, Hidden",
    "Blokc, Block",
    "Innerr, Inner",
    "Attention,",
    "X,",
  })
  void findsTheClosest(String name, String expected) {
    assertThat(DidYouMean.to(name, NAMES)).isEqualTo(Optional.ofNullable(expected));
  }
}
