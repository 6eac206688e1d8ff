package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import java.util.List;
import java.util.Random;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.train.Example;
import org.nnsight4j.toolkit.train.Trainer;
import org.nnsight4j.values.Value;

/** A low-rank adapter, trained and then put into the model as an edit. */
public final class TrainLora {
  /** What LoRA adds to the MLP of layer 2. */
  private static void adapt(Gpt2 model, Value<Axis> down, Value<Axis> up) {
    Gpt2.Mlp mlp = model.transformer().h(2).mlp();
    Value<Axis> added = mlp.input().matMul(down).matMul(up);
    mlp.output().set(mlp.output().add(added.as(Hidden.class)));
  }

  private static float[] random(int count) {
    Random random = new Random(1);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (0.1 * random.nextGaussian());
    }
    return numbers;
  }

  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      long rome = gpt2.tokenizer().singleToken(" Rome");
      var trained =
          Trainer.of(gpt2)
              .tensor("down", Tensor.of(random(128 * 4), 128, 4))
              .tensor("up", Tensor.of(new float[4 * 128], 4, 128))
              .learningRate(0.02)
              .epochs(30)
              .fit(
                  List.of(Example.of("The Eiffel Tower is in the city of")),
                  step -> {
                    adapt(step.model(), step.tensor("down"), step.tensor("up"));
                    return step.model()
                        .output()
                        .at(-1)
                        .logSoftmax(-1)
                        .get(":, " + rome)
                        .mean()
                        .neg();
                  });
      var edit =
          gpt2.edit(
              invoker ->
                  adapt(
                      invoker.model(),
                      invoker.constant(trained.tensor("down")),
                      invoker.constant(trained.tensor("up"))));
      System.out.println(
          gpt2.with(edit)
              .generate(maxNewTokens(1), "The Eiffel Tower is in the city of", any -> {})
              .text(0));
    }
  }
}
