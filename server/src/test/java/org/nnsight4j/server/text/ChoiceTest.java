package org.nnsight4j.server.text;

import static com.google.common.truth.Truth.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** Text that is told as it grows is never taken back. */
final class ChoiceTest {
  private static final String TEXT = " Paris. It is a city in France. It is a tower.";

  /** The text told after each token, and at the end. */
  private static String told(String whole, String... stops) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      List<Long> ids = Arrays.stream(gpt2.tokenizer().encode(TEXT, false)).boxed().toList();
      Choice choice = new Choice(gpt2.tokenizer(), List.of(stops));
      StringBuilder told = new StringBuilder();
      for (int count = 1; count <= ids.size(); count++) {
        told.append(choice.next(ids.subList(0, count)));
        assertThat(whole).startsWith(told.toString());
      }
      told.append(choice.end(ids));
      long[] all = ids.stream().mapToLong(Long::longValue).toArray();
      assertThat(new Choice(gpt2.tokenizer(), List.of(stops)).whole(all)).isEqualTo(whole);
      return told.toString();
    }
  }

  @Test
  void withoutStopStringsAllIsTold() {
    assertThat(told(TEXT)).isEqualTo(TEXT);
  }

  /** Its beginning comes several tokens before its end. */
  @Test
  void theBeginningOfAStopStringIsHeldBack() {
    assertThat(told(" Paris", ". It is a city")).isEqualTo(" Paris");
  }

  @Test
  void whatOnlyLookedLikeAStopStringIsTold() {
    assertThat(told(TEXT, ". It is a village", "tower. It")).isEqualTo(TEXT);
  }

  @Test
  void theFirstOfSeveralEndsTheText() {
    assertThat(told(" Paris. It is", " in France", " a city")).isEqualTo(" Paris. It is");
  }
}
