package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.tensor.Width.WIDTH;

import org.nnsight4j.Eager;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.HeadDim;
import org.nnsight4j.values.Saved;

/** What each head mixes for the last token, before the output projection. */
public final class ZOfEachHead {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Saved<HeadDim> z =
          gpt2.trace(
              "The Eiffel Tower is in the city of",
              model -> model.transformer().h(2).attn().z().output().get(":, :, -1").save());
      System.out.println(z.value().header()); // batch, head, width of a head
      System.out.println(Eager.of(z).norm(WIDTH).tensor());
    }
  }
}
