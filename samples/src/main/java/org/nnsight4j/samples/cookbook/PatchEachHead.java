package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.patching.ActivationPatching;

/** Which heads bring the answer back, and which it cannot do without. */
public final class PatchEachHead {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      String clean = "When Mary and John went to the store, John gave a drink to";
      String corrupted = "When John and Mary went to the store, Mary gave a drink to";
      var heads = ActivationPatching.of(gpt2).answer(" Mary").against(" John").at(SweepSite.Z);
      System.out.println(heads.run(clean, corrupted));
      System.out.println(heads.noise().run(clean, corrupted));
    }
  }
}
