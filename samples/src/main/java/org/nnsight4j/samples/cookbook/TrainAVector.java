package org.nnsight4j.samples.cookbook;

import java.util.List;
import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.train.Example;
import org.nnsight4j.toolkit.train.Trainer;
import org.nnsight4j.values.Value;

/** A vector that is trained to change the answer. */
public final class TrainAVector {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      long rome = gpt2.tokenizer().singleToken(" Rome");
      var trained =
          Trainer.of(gpt2)
              .tensor("vector", Tensor.of(new float[128], 128))
              .learningRate(0.05)
              .epochs(20)
              .fit(
                  List.of(Example.of("The Eiffel Tower is in the city of")),
                  step -> {
                    Value<Hidden> stream = step.model().transformer().h(1).output(0);
                    stream.set(stream.add(step.tensor("vector").as(Hidden.class)));
                    return step.model()
                        .output()
                        .at(-1)
                        .logSoftmax(-1)
                        .get(":, " + rome)
                        .mean()
                        .neg();
                  });
      System.out.printf(Locale.ROOT, "%.1f to %.1f%n", trained.losses()[0], trained.losses()[19]);
    }
  }
}
