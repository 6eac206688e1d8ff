package org.nnsight4j.samples;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.train.Example;
import org.nnsight4j.toolkit.train.Trained;
import org.nnsight4j.toolkit.train.Trainer;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Trains what is put into a model: a vector, an adapter, a soft prompt, a probe, a translator. */
public final class Training {
  private final LanguageModel<Gpt2> gpt2;

  Training(LanguageModel<Gpt2> gpt2) {
    this.gpt2 = gpt2;
  }

  /** Prints how the loss falls. */
  public static void main(String[] args) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Training training = new Training(gpt2);
      System.out.println(training.vector());
      System.out.println(training.adapter());
      System.out.println(training.softPrompt());
      System.out.println(training.probe());
      System.out.println(training.translator());
    }
  }

  Trained vector() {
    // snippet: vector
    long rome = gpt2.tokenizer().singleToken(" Rome");
    Trained trained =
        Trainer.of(gpt2)
            .tensor("vector", Tensor.of(new float[128], 128))
            .learningRate(0.05)
            .epochs(20)
            .fit(
                List.of(
                    Example.of("The Eiffel Tower is in the city of"),
                    Example.of("The capital of Japan is")),
                step -> {
                  Value<Hidden> stream = step.model().transformer().h(1).output(0);
                  stream.set(stream.add(step.tensor("vector").as(Hidden.class)));
                  return step.model().output().at(-1).logSoftmax(-1).get(":, " + rome).mean().neg();
                });
    System.out.println(trained);
    // end
    return trained;
  }

  Trained adapter() {
    long rome = gpt2.tokenizer().singleToken(" Rome");
    // snippet: adapter
    Trained trained =
        Trainer.of(gpt2)
            .tensor("down", small(128, 4))
            .tensor("up", Tensor.of(new float[4 * 128], 4, 128))
            .optimizer(
                () ->
                    Optimizer.adamW()
                        .optLearningRateTracker(
                            Tracker.cosine()
                                .setBaseValue(0.02f)
                                .optFinalValue(0.001f)
                                .setMaxUpdates(30)
                                .build())
                        .build())
            .epochs(30)
            .fit(
                List.of(Example.of("The Eiffel Tower is in the city of")),
                step -> {
                  var mlp = step.model().transformer().h(2).mlp();
                  Value<Axis> low =
                      mlp.input().matMul(step.tensor("down")).matMul(step.tensor("up"));
                  mlp.output().set(mlp.output().add(low.as(Hidden.class)));
                  return step.model().output().at(-1).logSoftmax(-1).get(":, " + rome).mean().neg();
                });
    // end
    return trained;
  }

  Trained softPrompt() {
    long rome = gpt2.tokenizer().singleToken(" Rome");
    // snippet: softPrompt
    Trained trained =
        Trainer.of(gpt2)
            .tensor("prompt", Tensor.of(new float[3 * 128], 1, 3, 128))
            .learningRate(0.05)
            .epochs(25)
            .fit(
                List.of(Example.of("the the the Tower is in")), // three places for the prompt
                step -> {
                  Value<Hidden> embeddings = step.model().transformer().wte().output();
                  embeddings.get(":, 0:3").set(step.tensor("prompt").as(Hidden.class));
                  return step.model().output().at(-1).logSoftmax(-1).get(":, " + rome).mean().neg();
                });
    // end
    return trained;
  }

  Trained probe() {
    // snippet: probe
    Trained trained =
        Trainer.of(gpt2)
            .tensor("weights", Tensor.of(new float[128], 128))
            .learningRate(0.01)
            .epochs(20)
            .batchSize(2)
            .fit(
                List.of(
                    Example.of("The Eiffel Tower is in the city of").with("place", 1.0),
                    Example.of("The Colosseum is in the city of").with("place", 1.0),
                    Example.of("When Mary and John went to the store").with("place", 0.0),
                    Example.of("Then Mary and Tom had a long walk").with("place", 0.0)),
                step -> {
                  Value<Axis> said =
                      step.model()
                          .transformer()
                          .h(2)
                          .output(0)
                          .at(-1)
                          .matMul(step.tensor("weights"));
                  Value<Axis> probability = said.sigmoid().clip(1e-6, 1 - 1e-6);
                  Value<Axis> place = step.data("place");
                  return place
                      .mul(probability.log())
                      .add(place.neg().add(1).mul(probability.neg().add(1).log()))
                      .mean()
                      .neg();
                });
    // end
    return trained;
  }

  Trained translator() {
    // snippet: translator
    Trained trained =
        Trainer.of(gpt2)
            .tensor("matrix", Tensor.of(new float[128 * 128], 128, 128))
            .tensor("bias", Tensor.of(new float[128], 128))
            .learningRate(0.003)
            .epochs(20)
            .fit(
                List.of(
                    Example.of("The Eiffel Tower is in the city of"),
                    Example.of("The Colosseum is in the city of")),
                step -> {
                  Value<Hidden> early = step.model().transformer().h(1).output(0).detach();
                  Value<Axis> change = early.matMul(step.tensor("matrix")).add(step.tensor("bias"));
                  Value<Hidden> translated = early.add(change.as(Hidden.class));
                  var lens =
                      step.model()
                          .lmHead()
                          .apply(step.model().transformer().lnF().apply(translated))
                          .logSoftmax(-1);
                  var last = step.model().output().detach().logSoftmax(-1);
                  return last.exp().mul(last.sub(lens)).sum(-1).at(-1).mean();
                });
    // end
    return trained;
  }

  /** Returns the losses. */
  List<Double> ownLoop() {
    record Step(Saved<Axis> loss, Saved<Axis> gradient) {}

    long rome = gpt2.tokenizer().singleToken(" Rome");
    List<Double> losses = new ArrayList<>();
    // snippet: ownLoop
    float[] vector = new float[128];
    Prepared<Step> prepared =
        gpt2.prepare(
            TraceOptions.defaults(),
            generator -> {
              try (Invoker<Gpt2> invoker = generator.input()) {
                Value<Axis> added = invoker.tensor("vector", Tensor.of(vector, 128));
                Value<Hidden> stream = invoker.model().transformer().h(1).output(0);
                stream.set(stream.add(added.as(Hidden.class)));
                Value<Axis> loss =
                    invoker
                        .model()
                        .output()
                        .at(-1)
                        .logSoftmax(-1)
                        .get("0, " + rome)
                        .neg()
                        .as(Axis.class);
                return new Step(loss.save(), added.gradient(loss).save());
              }
            });
    for (int i = 0; i < 20; i++) {
      Results results =
          prepared.with("vector", Tensor.of(vector, 128)).run("The Eiffel Tower is in the city of");
      losses.add(results.value(prepared.recorded().loss()).item());
      float[] gradient = results.value(prepared.recorded().gradient()).toFloatArray();
      for (int j = 0; j < vector.length; j++) {
        vector[j] -= 0.3f * gradient[j];
      }
    }
    // end
    return losses;
  }

  private static Tensor small(int rows, int columns) {
    Random random = new Random(1);
    float[] numbers = new float[rows * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian() * 0.02f;
    }
    return Tensor.of(numbers, rows, columns);
  }
}
