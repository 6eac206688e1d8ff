package org.nnsight4j.toolkit.attention;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderAttention;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What heads write to the residual stream. */
final class HeadResultsTest {
  private static final long[] IDS = {3, 17, 9, 5};

  static Stream<String> families() {
    return Reference.FAMILIES.stream();
  }

  /** {@code tools/reference/head_fixtures.py}; Llama's keys and values have fewer heads. */
  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3"})
  void areThoseOfTransformerLens(String name) throws Exception {
    JsonNode layers;
    try (InputStream in = HeadResultsTest.class.getResourceAsStream("/heads.json")) {
      layers = new ObjectMapper().readTree(in).get("models").get(name);
    }
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      List<Saved<Decoder.Hidden>> saved =
          Passes.trace(
              model,
              IDS,
              view -> {
                List<Saved<Decoder.Hidden>> all = new ArrayList<>();
                for (int layer = 0; layer < view.layerCount(); layer++) {
                  all.add(view.layer(layer).attention().results().save());
                }
                return all;
              });
      assertThat(saved).hasSize(layers.size());
      for (int layer = 0; layer < layers.size(); layer++) {
        for (int position = 0; position < IDS.length; position++) {
          JsonNode heads = layers.get(layer).get(position);
          for (int head = 0; head < heads.size(); head++) {
            double[] found =
                saved
                    .get(layer)
                    .value()
                    .get("0, " + head + ", " + position + ", 0:8")
                    .toDoubleArray();
            double[] expected = Reference.numbers(heads.get(head));
            for (int i = 0; i < expected.length; i++) {
              assertWithMessage("%s layer %s head %s position %s", name, layer, head, position)
                  .that(found[i])
                  .isWithin(2e-5)
                  .of(expected[i]);
            }
          }
        }
      }
    }
  }

  private record Checked(Saved<Axis> off, Saved<Axis> one, Saved<Axis> size) {}

  /** In each family: all heads and the bias are what the projection gives, one is its row. */
  @ParameterizedTest
  @MethodSource("families")
  void addUpToTheProjection(String name) {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      int last = Passes.layers(model) - 1;
      String projection = Passes.places(model).layers().get(last).attention().projection();
      Checked checked =
          Passes.trace(
              model,
              IDS,
              view -> {
                DecoderAttention attention = view.layer(last).attention();
                Value<Axis> results = Passes.any(attention.results());
                Value<Axis> given = view.module(projection).output();
                Value<Axis> bias =
                    view.module(projection)
                        .apply(view.module(projection).input().get("0:1, 0:1").mul(0));
                Value<Axis> one = Passes.any(attention.result(-1));
                return new Checked(
                    results.sum(1).add(bias).sub(given).abs().max().save(),
                    results.get(":, -1").sub(one).abs().max().save(),
                    given.abs().max().save());
              });
      double size = checked.size().value().item();
      assertWithMessage(name).that(size).isGreaterThan(0);
      assertWithMessage(name).that(checked.off().value().item() / size).isLessThan(1e-5);
      assertWithMessage(name).that(checked.one().value().item() / size).isLessThan(1e-5);
    }
  }

  /** The gradient of what a head writes reaches its z and no other. */
  @Test
  void gradientsFlowToTheHeadAlone() {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      Tensor gradient =
          Passes.trace(
                  model,
                  IDS,
                  view -> {
                    Value<Axis> z = Passes.any(view.layer(0).attention().z());
                    return z.gradient(view.layer(0).attention().result(1).get("0, -1, 0")).save();
                  })
              .value();
      assertThat(size(gradient.get("0, 0"))).isEqualTo(0.0);
      assertThat(size(gradient.get("0, 1, -1"))).isGreaterThan(0.0);
    }
  }

  private static double size(Tensor tensor) {
    return Arrays.stream(tensor.toDoubleArray()).map(Math::abs).sum();
  }

  @Test
  void errorsSayWhichHeadsThereAre() {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      RecordingException head =
          assertThrows(
              RecordingException.class,
              () -> Passes.trace(model, IDS, view -> view.layer(0).attention().result(2).save()));
      assertThat(head)
          .hasMessageThat()
          .contains(
              "head 2 does not exist: transformer.h.0.attn has 2, so 0 to 1, or -1 to -2 from the end");
      RecordingException hook =
          assertThrows(
              RecordingException.class,
              () ->
                  Passes.trace(model, IDS, view -> view.hook("blocks.1.attn.hook_result").save()));
      assertThat(hook)
          .hasMessageThat()
          .contains("layer(1).attention().results() computes it, result(head) for one head");
    }
  }
}
