package org.nnsight4j.samples;

import java.util.function.Consumer;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;

/** Mistakes that javac cannot find, and what is said about them before the model runs. */
public final class Mistakes {
  private Mistakes() {}

  /** Makes each mistake and prints its message. */
  public static void main(String[] args) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      // snippet: mistakes
      tell(gpt2, model -> model.transformer().h(12).output(0).save());
      tell(gpt2, model -> model.transformer().h(3).output(0).set(Tensor.of(new float[64], 64)));
      tell(gpt2, model -> model.transformer().h(0).output(0).set(model.transformer().h(1).input()));
      tell(gpt2, model -> model.transformer().h(0).attn().pattern().output().get("0, 9").save());
      // end
    }
  }

  private static void tell(LanguageModel<Gpt2> gpt2, Consumer<Gpt2> mistake) {
    try {
      gpt2.trace(
          "The Eiffel Tower",
          model -> {
            mistake.accept(model);
            return model.output().save();
          });
      System.out.println("no mistake?");
    } catch (Nnsight4jException e) {
      System.out.println(e.getMessage());
    }
  }
}
