package org.nnsight4j.internal.spelling;

import static com.google.common.truth.Truth.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.CheckpointException;

final class ShownTest {
  private static final String CLEARS_THE_SCREEN = "\u001b[2J";

  @Test
  void aLineStaysOneLine() {
    assertThat(Shown.line("a\nb\r\tc")).isEqualTo("a\\nb\\r\\tc");
    assertThat(Shown.line(CLEARS_THE_SCREEN + "\u0000\u009b"))
        .isEqualTo("\\u001b[2J\\u0000\\u009b");
    assertThat(Shown.line("\u202eevil\u2028")).isEqualTo("\\u202eevil\\u2028");
    assertThat(Shown.line("\ud800")).isEqualTo("\\ud800");
    assertThat(Shown.line(Character.toString(0xE0001))).isEqualTo("\\udb40\\udc01");
    assertThat(Shown.line("Gr\u00fc\u00dfe, \u6771\u4eac \\n %s"))
        .isEqualTo("Gr\u00fc\u00dfe, \u6771\u4eac \\n %s");
  }

  @Test
  void theStartOfALongText() {
    assertThat(Shown.start("abc", 3)).isEqualTo("abc");
    assertThat(Shown.start("abcd", 3)).isEqualTo("abc...");
    assertThat(Shown.start("a\nb" + CLEARS_THE_SCREEN, 3)).isEqualTo("a\\nb...");
    // No half of a character.
    assertThat(Shown.start("ab\ud83d\ude00c", 3)).isEqualTo("ab...");
    assertThat(Shown.start("ab\ud83d\ude00c", 4)).isEqualTo("ab\ud83d\ude00...");
  }

  @Test
  void aTextKeepsItsLinesAndScripts() {
    assertThat(Shown.text("a\n\tb\r\nc\rd" + CLEARS_THE_SCREEN))
        .isEqualTo("a\n\tb\nc\\rd\\u001b[2J");
    String family = "\ud83d\udc68\u200d\ud83d\udc69";
    String persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645";
    assertThat(Shown.text(family + persian)).isEqualTo(family + persian);
  }

  @Test
  void aTraceHasNoLinesButItsOwn() {
    Exception failure =
        new IllegalStateException("a\n\tat forged", new Exception("b\nERROR forged"));
    assertThat(
            Shown.trace(failure)
                .lines()
                .skip(1)
                .filter(line -> !line.startsWith("\tat org."))
                .toList())
        .containsNoneOf("\tat forged", "ERROR forged");
    assertThat(Shown.trace(failure))
        .contains("\ncaused by: java.lang.Exception: b\\nERROR forged\n");
  }

  @Test
  void ourOwnMessagesAreShown() {
    assertThat(new CheckpointException("x" + CLEARS_THE_SCREEN))
        .hasMessageThat()
        .isEqualTo("x\\u001b[2J");
  }

  @Test
  void nothingAtRandomGetsThrough() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      random.ints(8, 0, 0x10FFFF).forEach(text::appendCodePoint);
      random.ints(8, 0, 0x2100).forEach(text::appendCodePoint);
      String line = Shown.line(text.toString());
      assertThat(line.lines().count()).isEqualTo(1);
      assertThat(line.chars().noneMatch(Character::isISOControl)).isTrue();
      assertThat(Shown.line(line)).isEqualTo(line);
    }
  }

  @Test
  void causesInACircleEnd() {
    Exception one = new Exception("one");
    Exception two = new Exception("two", one);
    one.initCause(two);
    assertThat(Shown.trace(one)).contains("caused by: java.lang.Exception: two");
  }
}
