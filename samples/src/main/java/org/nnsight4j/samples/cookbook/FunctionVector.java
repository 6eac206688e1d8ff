package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.tensor.Along.BATCH;

import java.util.List;
import java.util.Locale;
import org.nnsight4j.Eager;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The mean of what heads write for prompts of one task, added to another prompt. */
public final class FunctionVector {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      List<String> capitals =
          List.of("The capital of Japan is", "The capital of Italy is", "The capital of Spain is");
      Saved<Hidden> task =
          gpt2.trace(
              capitals,
              model -> {
                Value<Hidden> written = model.transformer().h(1).attn().output(0).at(-1);
                return written
                    .add(model.transformer().h(2).attn().output(0).at(-1))
                    .mean(BATCH)
                    .save();
              });
      long paris = gpt2.tokenizer().singleToken(" Paris");
      for (double strength : new double[] {0, 2, 4}) {
        var logit =
            gpt2.trace(
                "The language of France is",
                model -> {
                  Value<Hidden> last = model.transformer().h(2).output(0).at(-1);
                  last.set(last.add(Eager.of(task).mul(strength)));
                  return model.output().get("0, -1, " + paris).save();
                });
        System.out.printf(Locale.ROOT, "strength %s: %.2f%n", strength, logit.value().item());
      }
    }
  }
}
