package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** How a logit changes with the stream after layer 1. */
public final class GradientOfALogit {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      long paris = gpt2.tokenizer().singleToken(" Paris");
      Saved<Hidden> gradient =
          gpt2.trace(
              "The Eiffel Tower is in the city of",
              model -> {
                Value<Hidden> hidden = model.transformer().h(1).output(0);
                return hidden.gradient(model.output().get("0, -1, " + paris)).save();
              });
      System.out.println(gradient.value().header());
    }
  }
}
