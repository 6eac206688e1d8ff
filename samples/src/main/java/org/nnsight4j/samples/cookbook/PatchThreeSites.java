package org.nnsight4j.samples.cookbook;

import java.util.List;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.patching.ActivationPatching;

/** Residual stream, attention and MLP, each layer and position alone. */
public final class PatchThreeSites {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      String clean = "When Mary and John went to the store, John gave a drink to";
      String corrupted = "When John and Mary went to the store, Mary gave a drink to";
      for (SweepSite site : List.of(SweepSite.RESID_PRE, SweepSite.ATTN_OUT, SweepSite.MLP_OUT)) {
        System.out.println(
            ActivationPatching.of(gpt2)
                .answer(" Mary")
                .against(" John")
                .at(site)
                .run(clean, corrupted));
      }
    }
  }
}
