package org.nnsight4j.toolkit.train;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Training against torch's Adam, closed forms, and what a user expects to be trainable. */
final class TrainerTest {
  private static final int WIDTH = 128;
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  private static LanguageModel<Gpt2> model;
  private static long rome;

  @BeforeAll
  static void open() {
    model = EmbeddedGpt2.open().as(Gpt2.class);
    rome = model.tokenizer().singleToken(" Rome");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Tensor zeros(long... shape) {
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    return Tensor.of(new float[(int) size], shape);
  }

  /** The mean of -log p( Rome) at the last token of each row. */
  private static Value<Axis> surprise(Gpt2 gpt2) {
    Value<?> last = gpt2.output().at(-1).logSoftmax(-1);
    return last.get(":, " + rome).mean().neg();
  }

  private static Value<Axis> steered(TrainingStep<Gpt2> step) {
    Value<Hidden> stream = step.model().transformer().h(1).output(0);
    stream.set(stream.add(step.tensor("vector").as(Hidden.class)));
    return surprise(step.model());
  }

  /** A vector and a low-rank adapter, step by step as torch trains them. */
  @Test
  void trainsAsTorchDoes() throws IOException {
    JsonNode expected;
    try (InputStream file = TrainerTest.class.getResourceAsStream("/training.json")) {
      expected = new ObjectMapper().readTree(Objects.requireNonNull(file));
    }
    float[] down = new float[WIDTH * 2];
    for (int i = 0; i < down.length; i++) {
      down[i] = (float) Math.sin(i) * 0.1f;
    }
    assertThat(rome).isEqualTo(expected.get("target").asLong());
    Trained trained =
        Trainer.of(model)
            .tensor("vector", zeros(WIDTH))
            .tensor("down", Tensor.of(down, WIDTH, 2))
            .tensor("up", zeros(2, WIDTH))
            .learningRate(0.01)
            .epochs(6)
            .batchSize(2)
            .fit(
                List.of(Example.of(EIFFEL), Example.of("The capital of France is")),
                step -> {
                  Value<Hidden> stream = step.model().transformer().h(1).output(0);
                  stream.set(stream.add(step.tensor("vector").as(Hidden.class)));
                  var mlp = step.model().transformer().h(2).mlp();
                  Value<Axis> low = mlp.input().matMul(step.tensor("down"));
                  Value<Hidden> out = mlp.output();
                  out.set(out.add(low.matMul(step.tensor("up")).as(Hidden.class)));
                  return surprise(step.model());
                });
    double[] losses = trained.losses();
    assertThat(losses).hasLength(6);
    for (int step = 0; step < losses.length; step++) {
      assertThat(losses[step]).isWithin(2e-3).of(expected.get("losses").get(step).asDouble());
    }
    for (String name : List.of("vector", "down", "up")) {
      double[] numbers = trained.tensor(name).toDoubleArray();
      for (int i = 0; i < 16; i++) {
        assertThat(numbers[i]).isWithin(5e-4).of(expected.get(name).get(i).asDouble());
      }
    }
  }

  @Test
  void sameSeedGivesTheSameBits() {
    List<Example> examples = new ArrayList<>();
    for (String city : List.of("Berlin", "Madrid", "Paris", "Vienna", "Oslo")) {
      examples.add(Example.of(city + " is the capital of"));
    }
    Trainer<Gpt2> trainer =
        Trainer.of(model).tensor("vector", zeros(WIDTH)).learningRate(0.05).batchSize(2).epochs(2);
    Trained first = trainer.seed(7).fit(examples, TrainerTest::steered);
    Trained again = trainer.seed(7).fit(examples, TrainerTest::steered);
    Trained other = trainer.seed(8).fit(examples, TrainerTest::steered);
    assertThat(first.losses()).isEqualTo(again.losses());
    assertThat(first.tensor("vector")).isEqualTo(again.tensor("vector"));
    assertThat(other.tensor("vector")).isNotEqualTo(first.tensor("vector"));
    assertThat(first.losses()).hasLength(6);
    assertThat(first.epochLosses()[1]).isLessThan(first.epochLosses()[0]);
  }

  /** The vector that training finds does what it was trained for in an ordinary run. */
  @Test
  void aTrainedVectorSteers(@TempDir Path folder) {
    List<Long> done = new ArrayList<>();
    Trained trained =
        Trainer.of(model)
            .tensor("vector", zeros(WIDTH))
            .learningRate(0.05)
            .epochs(15)
            .progress((step, all) -> done.add(step))
            .fit(List.of(Example.of(EIFFEL)), TrainerTest::steered);
    assertThat(done).hasSize(15);
    Path file = folder.resolve("vector.safetensors");
    trained.save(file);
    Tensor vector = Safetensors.read(file).get("vector");
    Saved<Axis> best =
        model
            .trace()
            .run(
                generator ->
                    generator.invoke(
                        EIFFEL,
                        invoker -> {
                          Value<Hidden> stream = invoker.model().transformer().h(1).output(0);
                          stream.set(stream.add(invoker.constant(vector).as(Hidden.class)));
                          return invoker.model().output().at(-1).argMax(-1).save();
                        }))
            .result();
    assertThat((long) best.value().item()).isEqualTo(rome);
    assertThat(trained.toString()).contains("mean loss");
    assertThat(trained.toJson()).startsWith("{\"analysis\":\"training\",\"stepsPerEpoch\":1,");
    assertThat(trained.figure().svg()).contains("</svg>");
  }

  /** A soft prompt: the embeddings of three placeholder tokens are trained. */
  @Test
  void trainsASoftPrompt() {
    long[] ids = model.tokenizer().encode("the the the" + " Tower is in");
    Trained trained =
        Trainer.of(model)
            .tensor("prompt", zeros(3, WIDTH))
            .learningRate(0.05)
            .epochs(25)
            .fit(
                List.of(Example.of(ids)),
                step -> {
                  step.model()
                      .transformer()
                      .wte()
                      .output()
                      .get(":, 0:3")
                      .set(step.tensor("prompt").expandDims(0).as(Hidden.class));
                  return surprise(step.model());
                });
    double[] losses = trained.losses();
    assertThat(losses[losses.length - 1]).isLessThan(losses[0] / 4);
  }

  /**
   * A linear probe by gradient descent: the gradient of squared error at 0 is known, and plain
   * gradient descent takes one step along it.
   */
  @Test
  void oneStepOfPlainDescentIsTheGradient() {
    List<Example> examples =
        List.of(Example.of(EIFFEL).with("label", 1.0), Example.of("Berlin is").with("label", -2.0));
    Trained trained =
        Trainer.of(model)
            .tensor("weights", zeros(WIDTH))
            .optimizer(() -> Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.5f)).build())
            .fit(
                examples,
                step -> {
                  Value<Axis> said =
                      step.model()
                          .transformer()
                          .h(2)
                          .output(0)
                          .at(-1)
                          .matMul(step.tensor("weights"));
                  Value<Axis> error = said.sub(step.data("label"));
                  return error.mul(error).mean();
                });
    double[] first = last(EIFFEL);
    double[] second = last("Berlin is");
    double[] weights = trained.tensor("weights").toDoubleArray();
    for (int i = 0; i < WIDTH; i++) {
      // d/dw mean((w·x - y)²) at 0 is -mean(2 y x); the step is 0.5 against it.
      double expected = 0.5 * (2 * 1.0 * first[i] + 2 * -2.0 * second[i]) / 2;
      assertThat(weights[i]).isWithin(1e-4 * (1 + Math.abs(expected))).of(expected);
    }
    assertThat(trained.losses()[0]).isWithin(1e-9).of((1 + 4) / 2.0);
  }

  private static double[] last(String text) {
    return model
        .trace(text, (Gpt2 gpt2) -> gpt2.transformer().h(2).output(0).get("0, -1").save())
        .value()
        .toDoubleArray();
  }

  @Test
  void namedTensorsChangeBetweenRunsOfAPreparedRecording() {
    Prepared<Saved<Hidden>> prepared =
        model.prepare(
            TraceOptions.defaults(),
            generator -> {
              try (var invoker = generator.input()) {
                Value<Hidden> stream = invoker.model().transformer().h(3).output(0);
                return stream
                    .add(invoker.tensor("vector", zeros(WIDTH)).as(Hidden.class))
                    .get("0, -1")
                    .save();
              }
            });
    float[] numbers = new float[WIDTH];
    numbers[3] = 2;
    double[] plain = prepared.run(EIFFEL).value(prepared.recorded()).toDoubleArray();
    double[] added =
        prepared
            .with("vector", Tensor.of(numbers, WIDTH))
            .run(EIFFEL)
            .value(prepared.recorded())
            .toDoubleArray();
    assertThat(added[3] - plain[3]).isWithin(1e-5).of(2);
    assertThat(prepared.run(EIFFEL).value(prepared.recorded()).toDoubleArray()).isEqualTo(plain);
    assertThat(assertThrows(RecordingException.class, () -> prepared.with("vektor", zeros(3))))
        .hasMessageThat()
        .startsWith("the recording has no tensor 'vektor', it has [vector]");
    assertThat(assertThrows(RecordingException.class, () -> prepared.with("vector", zeros(3))))
        .hasMessageThat()
        .startsWith("tensor 'vector' is FLOAT32 [128] in the recording, found FLOAT32 [3]");
  }

  @Test
  void refusesWhatCannotBeTrained() {
    Trainer<Gpt2> none = Trainer.of(model);
    Trainer<Gpt2> one = none.tensor("vector", zeros(WIDTH));
    refused(() -> none.fit(List.of(Example.of("a")), step -> null), "there is nothing to train");
    refused(() -> one.fit(List.of(), step -> null), "there are no examples to train on");
    refused(() -> one.tensor("vector", zeros(1)), "tensor 'vector' is given twice");
    refused(
        () -> one.tensor("ids", Tensor.of(new long[1], 1)),
        "tensor 'ids' is INT64; what is trained is FLOAT32");
    refused(() -> one.learningRate(0), "expected a learning rate above 0, found 0.0");
    refused(() -> one.epochs(0), "expected a number of epochs of at least 1, found 0");
    refused(() -> one.fit(List.of(Example.of("a")), step -> step.tensor("x")), "only [vector]");
    refused(
        () ->
            one.fit(
                List.of(Example.of("a").with("label", 1.0), Example.of("a")), TrainerTest::steered),
        "all examples need the same data");
    RunException infinite =
        assertThrows(
            RunException.class,
            () -> one.fit(List.of(Example.of("a")), step -> step.tensor("vector").log().mean()));
    assertThat(infinite).hasMessageThat().startsWith("the loss is -Infinity at step 0");
  }

  /** The second tensor is asked for, but what is made of it goes nowhere. */
  @Test
  void refusesTensorsThatTheLossDoesNotUse() {
    Trainer<Gpt2> two =
        Trainer.of(model).tensor("vector", zeros(WIDTH)).tensor("idle", zeros(WIDTH));
    RunException unused =
        assertThrows(
            RunException.class,
            () ->
                two.fit(
                    List.of(Example.of(EIFFEL)),
                    step -> {
                      assertThat(step.tensor("idle").add(1).save()).isNotNull();
                      return steered(step);
                    }));
    assertThat(unused)
        .hasMessageThat()
        .startsWith("the loss does not use the tensor 'idle', so it cannot be trained");
    refused(() -> Example.of(""), "expected an example with a token or more");
    refused(() -> Example.of(), "expected an example with a token or more");
  }

  private static void refused(Executable work, String message) {
    assertThat(assertThrows(RunException.class, work)).hasMessageThat().contains(message);
  }
}
