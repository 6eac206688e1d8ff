package org.nnsight4j.samples.cookbook;

import java.util.List;
import org.nnsight4j.Layers;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;

/** The lens without the toolkit, for one token. */
public final class LensByHand {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      List<Saved<Axis>> said =
          gpt2.trace(
              "The Eiffel Tower is in the city of",
              model ->
                  Layers.of(model.transformer()::h).stream()
                      .map(block -> model.transformer().lnF().apply(block.output(0).at(-1)))
                      .map(normed -> model.lmHead().apply(normed).argMax(-1).save())
                      .toList());
      for (Saved<Axis> token : said) {
        System.out.println(gpt2.tokenizer().decode(token.value().toLongArray()));
      }
    }
  }
}
