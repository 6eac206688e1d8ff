package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.tensor.Along.BATCH;

import java.util.List;
import java.util.Locale;
import org.nnsight4j.Eager;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The mean of what a head writes for prompts of one task, added to another prompt. */
public final class FunctionVector {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      List<String> capitals =
          List.of("The capital of Japan is", "The capital of Italy is", "The capital of Spain is");
      Saved<Decoder.Hidden> task =
          gpt2.trace(
              capitals,
              model -> {
                return Decoder.of(model).layer(2).attention().result(2).at(-1).mean(BATCH).save();
              });
      long paris = gpt2.tokenizer().singleToken(" Paris");
      for (double strength : new double[] {0, 2, 4}) {
        var probability =
            gpt2.trace(
                "The language of France is",
                model -> {
                  Value<Decoder.Hidden> last = Decoder.of(model).layer(2).output().at(-1);
                  last.set(last.add(Eager.of(task).mul(strength)));
                  return model.output().get("0, -1").softmax(-1).get("" + paris).save();
                });
        double percent = 100 * probability.value().item();
        System.out.printf(Locale.ROOT, "strength %s: %.2f %%%n", strength, percent);
      }
    }
  }
}
