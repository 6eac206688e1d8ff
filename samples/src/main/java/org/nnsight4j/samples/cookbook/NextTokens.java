package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.Eager;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;

/** The five likeliest next tokens. */
public final class NextTokens {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Saved<Vocab> logits =
          gpt2.trace("The Eiffel Tower is in the city of", model -> model.output().at(-1).save());
      var best = Eager.of(logits).softmax(-1).topK(5, -1);
      long[] ids = best.indices().tensor().toLongArray();
      float[] probabilities = best.values().tensor().toFloatArray();
      for (int i = 0; i < ids.length; i++) {
        System.out.printf(
            Locale.ROOT, "%5.1f%% %s%n", 100 * probabilities[i], gpt2.tokenizer().token(ids[i]));
      }
    }
  }
}
