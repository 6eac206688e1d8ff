package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.lens.LogitLens;

/** What the model would predict after each layer. */
public final class LensOfAPrompt {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var lens =
          LogitLens.of(gpt2).topK(1).target(" Paris").run("The Eiffel Tower is in the city of");
      System.out.println(lens);
      System.out.println("rank of Paris after layer 1: " + lens.targetRank(1, -1));
    }
  }
}
