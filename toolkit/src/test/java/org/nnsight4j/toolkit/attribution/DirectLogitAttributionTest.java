package org.nnsight4j.toolkit.attribution;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

final class DirectLogitAttributionTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("org.nnsight4j.toolkit.reference.Reference#models")
  void isWhatWeightsTimesActivationsGive(String name) {
    JsonNode wanted = Reference.of(name, "attribution");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      DirectLogitAttributionResult parts =
          DirectLogitAttribution.of(model)
              .answer(4)
              .against(7)
              .position(5)
              .run(Reference.ids("prompt"));
      assertThat(parts.embedding()).isWithin(1e-4).of(wanted.get("embedding").asDouble());
      assertThat(parts.positionEmbedding())
          .isWithin(1e-4)
          .of(wanted.get("position_embedding").asDouble());
      assertThat(parts.biases()).isWithin(1e-4).of(wanted.get("biases").asDouble());
      for (int layer = 0; layer < parts.layerCount(); layer++) {
        assertClose(name, parts.attention(layer), wanted.get("attention").get(layer));
        assertClose(name, parts.mlp(layer), wanted.get("mlp").get(layer));
        for (int head = 0; head < parts.headCount(layer); head++) {
          assertClose(name, parts.head(layer, head), wanted.get("heads").get(layer).get(head));
        }
        for (int neuron = 0; neuron < 5; neuron++) {
          assertClose(
              name, parts.neuron(layer, neuron), wanted.get("neurons").get(layer).get(neuron));
        }
      }
    }
  }

  private static void assertClose(String name, double found, JsonNode wanted) {
    assertWithMessage(name).that(found).isWithin(1e-4).of(wanted.asDouble());
  }

  static Stream<String> families() {
    return Reference.FAMILIES.stream();
  }

  /** On every family; where the stream itself is normalised, that place is named. */
  @ParameterizedTest
  @MethodSource("families")
  void partsAddUpToTheLogit(String name) {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      DirectLogitAttributionResult parts =
          DirectLogitAttribution.of(model).answer(4).run(new long[] {3, 17, 9, 5});
      assertThat(Math.abs(parts.error())).isLessThan(2e-4 * (1 + Math.abs(parts.logit())));
      for (int layer = 0; layer < parts.layerCount(); layer++) {
        double heads = parts.attentionBias(layer);
        for (int head = 0; head < parts.headCount(layer); head++) {
          heads += parts.head(layer, head);
        }
        assertThat(heads).isWithin(1e-9).of(parts.attention(layer));
      }
    }
  }

  @Test
  void aStreamThatIsNormalisedItselfIsRefusedByItsPlace() {
    try (LanguageModel<AnyModel> model = Reference.open("opt/after-narrow")) {
      assertThat(
              assertThrows(
                  Nnsight4jException.class,
                  () -> DirectLogitAttribution.of(model).answer(4).run(new long[] {3, 4})))
          .hasMessageThat()
          .contains("model.decoder.layers.0 normalises the residual stream itself");
    }
  }

  @Test
  void inTheModelMadeByHandLayer1DoesAll() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      DirectLogitAttributionResult parts =
          DirectLogitAttribution.of(toy)
              .answer(ToyModel.ANSWER)
              .position(ToyModel.QUERY)
              .run(ToyModel.CLEAN);
      assertThat(parts.embedding()).isWithin(1e-4).of(0);
      assertThat(parts.head(0, 0)).isWithin(1e-4).of(0);
      assertThat(parts.head(1, 0)).isWithin(1e-4).of(ToyModel.GAIN);
      assertThat(parts.logit()).isWithin(1e-4).of(ToyModel.GAIN);
    }
  }

  @Test
  void showsItselfAsTablePictureAndJson() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      DirectLogitAttribution attribution =
          DirectLogitAttribution.of(gpt2).answer(" Paris").against(" Rome");
      String prompt = "The Eiffel Tower is in the city of";
      DirectLogitAttributionResult parts = attribution.run(prompt);
      assertThat(parts.logit()).isGreaterThan(5);
      assertThat(parts.toString()).contains("Direct contributions to _Paris against _Rome");
      assertThat(parts.figure().svg()).contains("head 3");
      assertThat(parts.bars().html()).contains("MLP 3");
      assertThat(parts.topNeurons(3)).hasSize(3);
      JsonNode json = new ObjectMapper().readTree(parts.toJson());
      assertThat(json.get("heads")).hasSize(4);
      assertThat(attribution.cost(prompt).passes()).isEqualTo(3);
      assertThat(
              assertThrows(
                  Nnsight4jException.class, () -> DirectLogitAttribution.of(gpt2).run(prompt)))
          .hasMessageThat()
          .contains("no answer was given");
    }
  }
}
