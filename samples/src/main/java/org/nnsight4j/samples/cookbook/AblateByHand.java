package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** One head switched off, without the toolkit. */
public final class AblateByHand {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var output =
          gpt2.generate(
              maxNewTokens(1),
              "The Eiffel Tower is in the city of",
              model -> {
                model.transformer().h(0).attn().z().output().get(":, 2").set(0);
              });
      System.out.println(output.text(0));
    }
  }
}
