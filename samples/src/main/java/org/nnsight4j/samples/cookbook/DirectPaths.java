package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.circuit.PathPatching;

/** What each head and MLP sends to the logits directly; every other node is frozen. */
public final class DirectPaths {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      String clean = "When Mary and John went to the store, John gave a drink to";
      String corrupted = "When John and Mary went to the store, Mary gave a drink to";
      var paths = PathPatching.of(gpt2).answer(" Mary").against(" John").noise().freezeAll();
      System.out.println(paths.run(clean, corrupted)); // .into(Receiver.queries(3, 1)) for others
    }
  }
}
