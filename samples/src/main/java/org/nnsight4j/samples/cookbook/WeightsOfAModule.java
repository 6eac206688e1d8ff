package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Parameters: read, and replaced for one run. */
public final class WeightsOfAModule {
  public static void main(String[] args) {
    record Two(Saved<Hidden> weight, Saved<Vocab> logits) {}
    try (var gpt2 = EmbeddedGpt2.open()) {
      Two two =
          gpt2.trace(
              "The Eiffel Tower is in the city of",
              model -> {
                Value<Hidden> weight = model.transformer().h(1).mlp().cProj().weight();
                Saved<Hidden> before = weight.save();
                weight.set(weight.mul(0)); // in this run alone
                return new Two(before, model.output().at(-1).save());
              });
      System.out.println(two.weight().value().header());
      System.out.println(two.logits().value().header());
    }
  }
}
