package org.nnsight4j.processor.report;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;

final class DiagnosticKindTest {
  /** Snapshots come from elsewhere, and javac's messages go to a terminal. */
  @Test
  void textFromASnapshotStaysOnItsLine() {
    assertThat(
            DiagnosticKind.UNKNOWN_LAYER.format(
                "h\nerror: forged", "\u001b[2J", "a\u202e", "%s \\n"))
        .isEqualTo(
            "[UnknownLayer] h\\u000aerror: forged has '\\u001b[2J' here, but not in a\\u202e; %s \\n");
    assertThat(DiagnosticKind.INDEX_RANGE.format("h", 12, "Gpt2", 12, "n_layer", 11))
        .isEqualTo(
            "[IndexRange] h(12) does not exist: Gpt2 has 12 (n_layer), so 0 to 11, or -1 to -12 from the end");
  }

  @Test
  void aBugOfOursHasItsLines() {
    assertThat(DiagnosticKind.BUG.format("x", "a\n\tat b")).endsWith("a\n\tat b");
  }
}
