package org.nnsight4j.internal.record;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.tensor.Dim;

/** What is known about lengths before a text is tokenized. */
final class PromptLengthsTest {
  private final PromptLengths lengths =
      new PromptLengths(
          () ->
              List.of(
                  new Prompt.Ids(List.of(new long[] {1, 2, 3}, new long[] {4})),
                  new Prompt.Texts(List.of("one", "two")),
                  new Prompt.Whole(),
                  new Prompt.Open()));

  @Test
  void idsAreKnownInThePassOverThePrompts() {
    assertThat(lengths.of(Dim.BATCH, 0, AtStep.FIRST)).isEqualTo(2);
    assertThat(lengths.of(Dim.POSITION, 0, AtStep.FIRST)).isEqualTo(3);
    assertThat(lengths.of(Dim.KEY, 0, AtStep.FIRST)).isEqualTo(3);
  }

  @Test
  void textsHaveRowsAndNoKnownLength() {
    assertThat(lengths.of(Dim.BATCH, 1, AtStep.FIRST)).isEqualTo(2);
    assertThat(lengths.of(Dim.POSITION, 1, AtStep.FIRST)).isEqualTo(Dim.UNKNOWN);
  }

  @Test
  void laterStepsAndOpenPromptsAreUnknown() {
    for (AtStep step : List.of(AtStep.of(1), AtStep.EACH)) {
      assertThat(lengths.of(Dim.BATCH, 0, step)).isEqualTo(Dim.UNKNOWN);
    }
    for (int invoker : List.of(2, 3)) {
      assertThat(lengths.of(Dim.BATCH, invoker, AtStep.FIRST)).isEqualTo(Dim.UNKNOWN);
    }
  }
}
