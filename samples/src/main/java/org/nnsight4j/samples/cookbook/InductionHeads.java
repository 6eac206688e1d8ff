package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.attention.HeadKind;
import org.nnsight4j.toolkit.attention.HeadScores;

/** Heads that look at what came after the last copy of a token. */
public final class InductionHeads {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var heads = HeadScores.of(gpt2).run(); // repeated random tokens, at several distances
      for (var head : heads.top(HeadKind.INDUCTION, 3)) {
        System.out.printf(
            Locale.ROOT, "layer %s, head %s: %.2f%n", head.layer(), head.head(), head.score());
      }
    }
  }
}
