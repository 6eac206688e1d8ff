package org.nnsight4j.models.files;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Control vectors of repeng ({@code control_vector_fixtures.py}). */
final class ControlVectorsTest {
  private static final FieldFixture FIXTURE = new FieldFixture("control-vectors");

  @TempDir Path directory;

  static Stream<FieldFixture.Case> cases() {
    return FIXTURE.cases();
  }

  private static LanguageModel<AnyModel> open(String model) {
    return LanguageModel.open(FieldFixture.FIXTURES.resolve(model));
  }

  private static GenerateOptions five() {
    return GenerateOptions.defaults().doSample(false).maxNewTokens(5).padTokenId(0);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void actsAsInRepeng(FieldFixture.Case each) {
    ControlVector vector =
        ControlVector.read(each.path()).times(each.get("coefficient").asDouble());
    Saved<Decoder.Vocab> logits;
    try (LanguageModel<AnyModel> model = open(each.text("model"))) {
      try (Generator<AnyModel> generator = model.trace();
          Invoker<AnyModel> invoker = generator.invoke(each.rows("inputs"))) {
        invoker.add(vector);
        logits = Decoder.of(invoker.model()).logits().save();
      }
      Generator<AnyModel> generator = model.generate(five());
      try (generator;
          Invoker<AnyModel> invoker = generator.invoke(each.rows("inputs"))) {
        invoker.add(vector);
      }
      assertWithMessage("%s", each)
          .that(generator.output().newIds())
          .isEqualTo(each.rows("generated"));
    }
    each.check("logits", logits.value());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsReadIsWrittenByteForByte(FieldFixture.Case each) throws IOException {
    Path copy = directory.resolve("copy.gguf");
    ControlVector.read(each.path()).write(copy);
    assertThat(Files.readAllBytes(copy)).isEqualTo(Files.readAllBytes(each.path()));
  }

  /** Half precision, another alignment, keys about the file, a list among them. */
  @Test
  void whatOthersWrite() {
    ControlVector found = ControlVector.read(FIXTURE.folder().resolve("half-aligned.gguf"));
    assertThat(found.modelType()).isEmpty();
    assertThat(found.directions().keySet()).containsExactly(1, 2).inOrder();
    for (Tensor each : found.directions().values()) {
      assertThat(each.shape()).isEqualTo(new long[] {16});
      assertThat(Math.abs(each.at(3))).isGreaterThan(0.0);
    }
  }

  @Test
  void sumsAndParts() {
    ControlVector vector =
        ControlVector.of(
            "llama",
            Map.of(1, Tensor.of(new float[] {1, 2}, 2), 3, Tensor.of(new float[] {3, 4}, 2)));
    assertThat(vector.plus(vector.layers(3, 9)).directions().get(3))
        .isEqualTo(Tensor.of(new float[] {6, 8}, 2));
    assertThat(vector.times(-2).directions().get(1)).isEqualTo(Tensor.of(new float[] {-2, -4}, 2));
    CheckpointException none = assertThrows(CheckpointException.class, () -> vector.layers(4, 9));
    assertThat(none).hasMessageThat().contains("layers 4 to 9 of a control vector: expected");
    CheckpointException other =
        assertThrows(
            CheckpointException.class,
            () -> vector.plus(ControlVector.of("", Map.of(1, Tensor.of(new float[] {1}, 1)))));
    assertThat(other).hasMessageThat().contains("must have the shape [2], found [1]");
  }

  @Test
  void ofAnotherModel() {
    ControlVector vector = ControlVector.read(FIXTURE.folder().resolve("llama.gguf"));
    assertThat(refused("gpt_neox/parallel", invoker -> invoker.add(vector.layers(1, 1))))
        .contains("24");
    assertThat(refused("plain", invoker -> invoker.add(vector)))
        .contains("a direction for layer 2, and this model has layers 0 to 1; is it of another");
    String late =
        refused(
            "llama/usual",
            invoker -> {
              assertThat(invoker.next()).isNotNull();
              invoker.add(vector);
            });
    assertThat(late).contains("acts at every step, and this invoker is at step 1");
  }

  private static String refused(String model, Consumer<Invoker<AnyModel>> body) {
    try (LanguageModel<AnyModel> opened = open(model)) {
      RecordingException error =
          assertThrows(
              RecordingException.class,
              () -> {
                try (Generator<AnyModel> generator = opened.generate(five());
                    Invoker<AnyModel> invoker = generator.invoke(new long[] {1, 2, 3})) {
                  body.accept(invoker);
                }
              });
      return String.valueOf(error.getMessage());
    }
  }
}
