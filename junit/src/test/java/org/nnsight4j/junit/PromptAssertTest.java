package org.nnsight4j.junit;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.junit.ModelAssertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.opentest4j.AssertionFailedError;

/** Each assertion holds where it must, and fails with its numbers where it must not. */
final class PromptAssertTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @Model(from = EmbeddedModel.class)
  private LanguageModel<Gpt2> model;

  @Test
  void predicts() {
    assertThat(model)
        .on(EIFFEL)
        .predicts(" Paris")
        .withProbabilityAtLeast(0.5)
        .withMarginAtLeast(1)
        .and()
        .ranks(" Paris", 1)
        .prefers(" Paris", " Rome")
        .byAtLeast(1)
        .and()
        .doesNotPredict(" Rome");
    fails(
        () -> assertThat(model).on(EIFFEL).predicts(" Rome"),
        "on 'The Eiffel Tower is in the city of': expected ' Rome', found ' Paris'; likeliest: ' Paris' ");
    fails(
        () -> assertThat(model).on(EIFFEL).predicts(" Paris").withProbabilityAtLeast(1),
        "expected ' Paris' with a probability of at least 1.0, found 0.");
    fails(
        () -> assertThat(model).on(EIFFEL).predicts(" Paris").withMarginAtLeast(1000),
        "expected ' Paris' with a margin of at least 1000.0, found ");
    fails(() -> assertThat(model).on(EIFFEL).ranks(" Rome", 1), "found it at rank ");
    fails(
        () -> assertThat(model).on(EIFFEL).prefers(" Rome", " Paris"),
        "expected ' Rome' above ' Paris', found a logit difference of -");
    fails(
        () -> assertThat(model).on(EIFFEL).doesNotPredict(" Paris"),
        "expected anything but ' Paris'");
  }

  /** The probability is that of softmax over the logits, computed here from a trace. */
  @Test
  void probabilityIsThatOfTheLogits() {
    double[] logits =
        model
            .trace(EIFFEL, (Gpt2 gpt2) -> Decoder.of(gpt2).logits().at(-1).save())
            .value()
            .toDoubleArray();
    int paris = (int) model.tokenizer().singleToken(" Paris");
    double sum = Arrays.stream(logits).map(logit -> Math.exp(logit - logits[paris])).sum();
    PredictionAssert prediction = assertThat(model).on(EIFFEL).predicts(" Paris");
    prediction.withProbabilityAtLeast(1 / sum - 1e-9);
    assertThrows(
        AssertionFailedError.class, () -> prediction.withProbabilityAtLeast(1 / sum + 1e-9));
  }

  /** Several tokens are what greedy generation gives. */
  @Test
  void predictsSeveralTokens() {
    long[] generated =
        model
            .generate(Options.maxNewTokens(3))
            .run(
                generator -> {
                  generator.invoke(EIFFEL).close();
                })
            .output()
            .newIds(0);
    String text = model.tokenizer().decode(generated);
    assertThat(model).on(EIFFEL).predicts(text).and().generates(text, 3);
    fails(() -> assertThat(model).on(EIFFEL).predicts(text + text), " as token 3; likeliest: ");
    fails(
        () -> assertThat(model).on(EIFFEL).generates("nothing", 3),
        "expected the text 'nothing', found '" + text);
  }

  @Test
  void probes() {
    Tensor stream =
        model
            .trace(EIFFEL, (Gpt2 gpt2) -> Decoder.of(gpt2).layer(1).output().get("0, 2").save())
            .value();
    double squares = Arrays.stream(stream.toDoubleArray()).map(x -> x * x).sum();
    LayerAssert layer = assertThat(model).on(EIFFEL).layer(1).at(2);
    layer.probe(stream, 1).isAbove(squares + 0.999).isBelow(squares + 1.001);
    layer.probe(hidden -> hidden.size()).isAbove(127.5).isBelow(128.5);
    fails(
        () -> layer.probe(stream, 0).isAbove(squares + 1),
        "expected the probe of layer 1 at position 2 above ");
    RunException wrong =
        assertThrows(RunException.class, () -> layer.probe(Tensor.of(new float[3], 3), 0));
    assertThat(wrong).hasMessageThat().isEqualTo("expected a probe of shape [128], found [3]");
  }

  /** The first position can only look at itself. */
  @Test
  void heads() {
    assertThat(model).on("the the the").head(0, 0).attendsTo(" the", 0).from(0).attendsTo("the", 1);
    assertThat(model).on(EIFFEL).head(0, 0).from(0).attendsMostTo("The").attendsTo("The", 1);
    fails(
        () -> assertThat(model).on(EIFFEL).head(0, 0).from(0).attendsMostTo(" city"),
        "expected head 0 of layer 0 to look most at ' city', found 'The' at position 0 with 1.000, and 0.000 for ' city'");
    fails(
        () -> assertThat(model).on(EIFFEL).head(0, 0).from(0).attendsTo(" city", 0.5),
        "expected head 0 of layer 0 to give ' city' a weight of at least 0.5, found 0.000");
    Nnsight4jException none =
        assertThrows(
            Nnsight4jException.class,
            () -> assertThat(model).on(EIFFEL).head(0, 99).attendsMostTo("The"));
    assertThat(none).hasMessageThat().contains("head 99 does not exist: layer 0 has heads 0 to ");
    assertThat(none).hasMessageThat().contains("(at PromptAssertTest.java:");
  }

  @Test
  void comparesPromptsAndModels() {
    assertThat(model).on(EIFFEL).isInvariantTo(EIFFEL).byAtMostKl(0);
    fails(
        () -> assertThat(model).on(EIFFEL).isInvariantTo("The Colosseum is in the city of"),
        "expected the same next token, found ' Paris' ");
    LanguageModel<Gpt2> steered =
        model.with(
            model.edit(
                invoker -> {
                  var stream = invoker.model().transformer().h(1).output(0);
                  stream.set(stream.mul(0.5));
                }));
    assertThat(model).on(EIFFEL).differsFrom(model).byAtMostKl(0);
    assertThat(steered).on(EIFFEL).differsFrom(model).byAtLeastKl(1e-6);
    fails(
        () -> assertThat(steered).on(EIFFEL).differsFrom(model).byAtMostKl(1e-9),
        "expected a divergence from the baseline of at most 1.0E-9 nats, found ");
  }

  @Test
  void activationsMatchAnApprovedFile(@TempDir Path folder) throws Exception {
    Path golden = folder.resolve("eiffel.safetensors");
    fails(
        () -> assertThat(model).on(EIFFEL).activations("transformer.h.*").match(golden),
        "found no file; run once with -Dnnsight4j.golden=write");
    System.setProperty(ActivationsAssert.PROPERTY, "write");
    try {
      assertThat(model).on(EIFFEL).activations("transformer.h.*").match(golden);
    } finally {
      System.clearProperty(ActivationsAssert.PROPERTY);
    }
    Map<String, Tensor> tensors = Safetensors.read(golden);
    assertThat(tensors.keySet())
        .containsAtLeast("transformer.h.0.output", "transformer.h.3.output");
    assertThat(model).on(EIFFEL).activations("transformer.h.*").within(0).match(golden);
    fails(
        () -> assertThat(model).on("Another").activations("transformer.h.*").match(golden),
        "expected a file of the prompt [");
    fails(
        () -> assertThat(model).on(EIFFEL).activations("transformer.h.0").match(golden),
        "transformer.h.1.output: only in the file");

    Map<String, Tensor> changed = new TreeMap<>(tensors);
    float[] numbers = tensors.get("transformer.h.2.output").toFloatArray();
    float largest = 0;
    for (float number : numbers) {
      largest = Math.max(largest, Math.abs(number));
    }
    numbers[5] += largest * 0.01f;
    assertThat(tensors.get("transformer.h.2.output").dtype()).isEqualTo(DType.FLOAT32);
    changed.put(
        "transformer.h.2.output",
        Tensor.of(numbers, tensors.get("transformer.h.2.output").shape()));
    long[] ids = model.tokenizer().encode(EIFFEL);
    Safetensors.write(golden, changed, Map.of("ids", Arrays.toString(ids)));
    fails(
        () -> assertThat(model).on(EIFFEL).activations("transformer.h.*").match(golden),
        "transformer.h.2.output: differs by 0.0");
    assertThat(Files.exists(folder.resolve("eiffel.received.safetensors"))).isTrue();
    assertThat(model).on(EIFFEL).activations("transformer.h.*").within(0.1).match(golden);
  }

  @Test
  void refusesWhatCannotBeAsked() {
    assertThat(
            assertThrows(
                RunException.class, () -> assertThat(model).on("The Eiff").predicts("el Tower")))
        .hasMessageThat()
        .contains("joins the end of the prompt");
    assertThat(assertThrows(RunException.class, () -> assertThat(model).on(EIFFEL).predicts("")))
        .hasMessageThat()
        .isEqualTo("the expected text is empty");
    assertThat(
            assertThrows(
                RunException.class, () -> assertThat(model).on(EIFFEL).ranks(" Paris Paris", 1)))
        .hasMessageThat()
        .startsWith("expected one token, found 2 for ' Paris Paris': [");
    assertThat(
            assertThrows(
                RunException.class,
                () -> assertThat(model).on(EIFFEL).head(0, 0).attendsTo(" moon", 0)))
        .hasMessageThat()
        .startsWith("no token of the prompt is ' moon'; its tokens are ['The'");
    assertThrows(RunException.class, () -> assertThat(model).on(new long[0]));
  }

  private static void fails(Executable assertion, String message) {
    assertThat(assertThrows(AssertionFailedError.class, assertion))
        .hasMessageThat()
        .contains(message);
  }
}
