package org.nnsight4j.toolkit.lens;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.toolfile.TorchWriter;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.reference.Reference;

/** Against whole Jacobians of torch ({@code tools/reference/lens_fixtures.py}). */
final class JacobianLensTest {
  @TempDir private Path folder;

  private static Path file(String name) {
    return TunedLensTest.RESOURCES.resolve("jacobian-" + name.replace('/', '-') + ".pt");
  }

  private static void assertClose(Tensor found, JsonNode wanted) {
    double[] numbers = found.toDoubleArray();
    assertThat(numbers).hasLength(wanted.size());
    for (int i = 0; i < numbers.length; i++) {
      assertWithMessage("number %s", i)
          .that(numbers[i])
          .isWithin(5e-5)
          .of(wanted.get(i).asDouble());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual"})
  void fitsTorchsMeanJacobians(String name) {
    JsonNode wanted = Reference.lenses().get("jacobian").get(name);
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      List<long[]> texts = Reference.texts();
      List<Long> heard = new ArrayList<>();
      JacobianLensFit fit =
          JacobianLens.fit(model)
              .skipFirst(Reference.lenses().get("skip").asInt())
              .numbersPerPass(10)
              .progress((done, all) -> heard.add(100 * done + all));
      JacobianLens lens = fit.runIds(texts);
      for (int layer = 0; layer < wanted.get("fitted").size(); layer++) {
        assertClose(lens.matrix(layer), wanted.get("fitted").get(layer));
      }
      assertThat(heard).containsExactly(106L, 206L, 306L, 406L, 506L, 606L).inOrder();

      JacobianLens one = fit.layers(0).runIds(texts.subList(0, 1));
      assertClose(one.matrix(0), wanted.get("one"));
      JacobianLens rest = fit.layers(0).runIds(texts.subList(1, 3));
      JacobianLens both = one.merge(rest);
      assertThat(both.prompts()).isEqualTo(3);
      assertClose(both.matrix(0), wanted.get("fitted").get(0));
    }
  }

  /** Where the last layer writes nothing, what comes out is what comes in. */
  @Test
  void aLayerThatWritesNothingHasTheIdentity() {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      LanguageModel<AnyModel> silent =
          model.with(
              model.edit(
                  invoker -> {
                    for (String half : List.of("attn", "mlp")) {
                      invoker.parameter("transformer.h.1." + half + ".c_proj.weight").set(0);
                      invoker.parameter("transformer.h.1." + half + ".c_proj.bias").set(0);
                    }
                  }));
      Tensor matrix = JacobianLens.fit(silent).skipFirst(1).runIds(Reference.texts()).matrix(0);
      for (int i = 0; i < 256; i++) {
        assertThat(matrix.at(i)).isWithin(1e-6).of(i % 17 == 0 ? 1 : 0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual"})
  void readsPublishedFilesAndGivesTorchsNumbers(String name) {
    JsonNode wanted = Reference.lenses().get("jacobian").get(name);
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      JacobianLens lens = JacobianLens.open(model, file(name));
      LogitLensResult read = lens.target(4).run(Reference.ids("prompt"));
      assertThat(read.layers()).hasSize(wanted.get("rows").size());
      for (int row = 0; row < wanted.get("rows").size(); row++) {
        JsonNode each = wanted.get("rows").get(row);
        for (int p = 0; p < read.tokens().size(); p++) {
          assertThat(read.targetLogProbability(row, p))
              .isWithin(5e-5)
              .of(each.get("log_probability").get(p).asDouble());
          assertThat(read.targetRank(row, p)).isEqualTo(each.get("rank").get(p).asInt());
          assertThat(read.top(row, p).get(0).id()).isEqualTo(each.get("top").get(p).asLong());
        }
      }
      assertThat(read.toString()).contains("by the jacobian lens");
      assertClose(lens.vector(0, 4), wanted.get("vector"));
    }
  }

  /** Bit by bit. */
  @Test
  void theIdentityIsTheLogitLens() {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      float[] one = new float[256];
      for (int i = 0; i < 16; i++) {
        one[17 * i] = 1;
      }
      long[] prompt = Reference.ids("prompt");
      JacobianLens lens = JacobianLens.of(model, Map.of(0, Tensor.of(one, 16, 16)), 1);
      LogitLensResult read = lens.target(4).run(prompt);
      LogitLensResult plain = LogitLens.of(model).target(4).run(prompt);
      for (int p = 0; p < prompt.length; p++) {
        for (int layer = 0; layer < 2; layer++) {
          assertThat(read.targetLogProbability(layer, p))
              .isEqualTo(plain.targetLogProbability(layer, p));
        }
      }
    }
  }

  /** {@code lens_fixtures.py check} has read these bytes with torch. */
  @Test
  void writesWhatTorchReads() throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      JacobianLens lens = JacobianLens.open(model, file("llama/usual"));
      Path written = folder.resolve("jacobian.pt");
      lens.save(written);
      assertThat(Files.readAllBytes(written))
          .isEqualTo(
              Files.readAllBytes(TunedLensTest.RESOURCES.resolve("lens-of-java/jacobian.pt")));
      assertThat(JacobianLens.open(model, written).matrix(1)).isEqualTo(lens.matrix(1));
    }
  }

  private String refused(LanguageModel<?> model, Map<Object, Object> content) throws Exception {
    Path written = folder.resolve("jacobian.pt");
    TorchWriter.write(written, content);
    return String.valueOf(
        assertThrows(CheckpointException.class, () -> JacobianLens.open(model, written))
            .getMessage());
  }

  @Test
  void readsSumsAndRefusesWhatMeansSomethingElse() throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      float[] numbers = new float[256];
      numbers[3] = 8;
      Map<Object, Object> layers = Map.of(0, Tensor.of(numbers, 16, 16));
      Path written = folder.resolve("jacobian.pt");
      TorchWriter.write(written, Map.of("jacobian_sum", layers, "n_done", 4, "target_layer", 1));
      assertThat(JacobianLens.open(model, written).matrix(0).at(3)).isEqualTo(2);
      assertThat(refused(model, Map.of("jacobian_sum", layers, "n_done", 4, "target_layer", 0)))
          .contains("expected a lens onto the last layer, 1, found one onto layer 0");
      assertThat(refused(model, Map.of("J", layers, "n_prompts", 0)))
          .contains("it is of 0 prompts");
      assertThat(refused(model, Map.of("J", layers, "n_prompts", 1, "rank", 3)))
          .contains("'rank' is no key of a Jacobian lens");
      assertThat(refused(model, Map.of("n_prompts", 1))).contains("expected matrices by layer");
      assertThat(
              refused(
                  model,
                  Map.of(
                      "J", layers, "n_prompts", 1, "metadata", Map.of("estimator", "relevance"))))
          .contains("found relevance");
      assertThat(refused(model, Map.of("J", Map.of(1, Tensor.of(numbers, 16, 16)), "n_prompts", 1)))
          .contains("expected layers from 0 to 0, found 1");
      assertThat(refused(model, Map.of("J", Map.of(0, Tensor.of(numbers, 8, 32)), "n_prompts", 1)))
          .contains("expected a matrix [16, 16] for layer 0, found Tensor[8, 32]");
    }
  }

  @Test
  void saysWhatItCostsAndWhatItNeeds() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      String text = "The Eiffel Tower is in the city of";
      JacobianLensFit fit = JacobianLens.fit(gpt2);
      assertThat(fit.cost(List.of(text)).toString())
          .isEqualTo("4 forward passes over 32 tokens, 128 backward passes; keeps 384 KiB");
      assertThat(assertThrows(RunException.class, () -> fit.run(List.of(text))))
          .hasMessageThat()
          .contains("expected prompts of 18 tokens or more");
      assertThat(assertThrows(RunException.class, () -> fit.layers(-1)))
          .hasMessageThat()
          .contains("expected a layer or more before the last, found [3]");
    }
  }
}
