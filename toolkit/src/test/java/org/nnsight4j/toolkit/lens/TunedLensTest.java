package org.nnsight4j.toolkit.lens;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.training.optimizer.Adam;
import ai.djl.training.tracker.Tracker;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.toolkit.reference.Reference;

/** Against torch, by the files of the package tuned-lens ({@code tools/reference}). */
final class TunedLensTest {
  static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path FILES = RESOURCES.resolve("tuned-lens");

  @TempDir private Path folder;

  static Path file(String name) {
    return FILES.resolve(name.replace('/', '-'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "gemma2/caps"})
  void readsPublishedFilesAndGivesTorchsNumbers(String name) {
    JsonNode rows = Reference.lenses().get("tuned").get(name).get("rows");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      LogitLensResult read =
          TunedLens.open(model, file(name)).topK(2).target(4).run(Reference.ids("prompt"));
      assertThat(read.layers()).hasSize(rows.size());
      for (int row = 0; row < rows.size(); row++) {
        JsonNode wanted = rows.get(row);
        for (int p = 0; p < read.tokens().size(); p++) {
          double found =
              row == 0
                  ? read.embeddingTargetLogProbability(p)
                  : read.targetLogProbability(row - 1, p);
          assertWithMessage("%s, row %s, position %s", name, row, p)
              .that(found)
              .isWithin(2e-5)
              .of(wanted.get("log_probability").get(p).asDouble());
          LogitLensResult.Prediction best =
              (row == 0 ? read.embeddingTop(p) : read.top(row - 1, p)).get(0);
          assertThat(best.id()).isEqualTo(wanted.get("top").get(p).asLong());
          if (row > 0) {
            assertThat(read.targetRank(row - 1, p)).isEqualTo(wanted.get("rank").get(p).asInt());
          }
        }
      }
      assertThat(read.toString()).containsMatch("by the tuned lens[^*]*embedding");
      assertThat(read.toJson()).containsMatch("\"analysis\":\"tuned lens\".*\"layer\":-1");
    }
  }

  /** Bit by bit. */
  @Test
  void zerosAreTheLogitLens() {
    try (LanguageModel<AnyModel> model = Reference.open("gemma2/caps")) {
      long[] prompt = Reference.ids("prompt");
      LogitLensResult tuned = TunedLens.of(model).target(4).run(prompt);
      LogitLensResult plain = LogitLens.of(model).target(4).run(prompt);
      for (int layer = 0; layer < plain.layers().size(); layer++) {
        for (int p = 0; p < prompt.length; p++) {
          assertThat(tuned.targetLogProbability(layer, p))
              .isEqualTo(plain.targetLogProbability(layer, p));
        }
      }
      assertThat(assertThrows(RunException.class, () -> plain.embeddingTop(0)))
          .hasMessageThat()
          .contains("the logit lens does not read the embeddings");
    }
  }

  @Test
  void trainsAsTorchDoes() throws Exception {
    JsonNode wanted = Reference.lenses().get("training");
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      List<long[]> texts = Reference.texts();
      TunedLensTraining training =
          TunedLens.training(model)
              .batchSize(3)
              .epochs(5)
              .optimizer(() -> Adam.builder().optLearningRateTracker(Tracker.fixed(1e-2f)).build());
      TunedLensTrained trained = training.runIds(texts);
      double[] losses = Reference.numbers(wanted.get("losses"));
      for (int step = 0; step < losses.length; step++) {
        assertThat(trained.losses()[step]).isWithin(2e-3).of(losses[step]);
      }
      TunedLens lens = trained.lens();
      double[] row = Reference.numbers(wanted.get("matrix"));
      double[] bias = Reference.numbers(wanted.get("bias"));
      for (int i = 0; i < row.length; i++) {
        assertThat(lens.matrix(2).get(0, i)).isWithin(2e-3).of(row[i]);
        assertThat(lens.bias(0).get(i)).isWithin(2e-3).of(bias[i]);
      }
      LensDivergenceResult divergence = lens.divergenceIds(texts);
      double[] own = Reference.numbers(wanted.get("lens"));
      double[] plain = Reference.numbers(wanted.get("plain"));
      assertThat(divergence.embedding()).isWithin(5e-3).of(own[0]);
      for (int layer = 0; layer < 3; layer++) {
        assertThat(divergence.lens(layer)).isWithin(5e-3).of(own[layer + 1]);
        assertThat(divergence.logitLens(layer)).isWithin(1e-4).of(plain[layer + 1]);
      }
      assertThat(divergence.lens(-1)).isWithin(1e-6).of(0);
      assertThat(divergence.tokens()).isEqualTo(18);
      assertThat(divergence.figure().svg()).contains("logit lens");
      assertThat(divergence.toJson()).contains("\"embedding\",\"layers.0\"");
      assertThat(trained.toString()).contains("mean loss");
      assertThat(new ObjectMapper().readTree(trained.toJson()).get("losses")).hasSize(5);

      TunedLensTrained more = training.from(lens).epochs(1).runIds(texts);
      assertThat(more.losses()[0]).isLessThan(losses[4]);
    }
  }

  /** {@code lens_fixtures.py check} has read these bytes with torch. */
  @Test
  void writesWhatTorchReads() throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      TunedLens lens = TunedLens.open(model, file("two-heads"));
      lens.save(folder);
      Path known = RESOURCES.resolve("lens-of-java");
      assertThat(Files.readAllBytes(folder.resolve("params.pt")))
          .isEqualTo(Files.readAllBytes(known.resolve("params.pt")));
      TunedLens again = TunedLens.open(model, folder);
      for (int i = 0; i < 2; i++) {
        assertThat(again.matrix(i)).isEqualTo(lens.matrix(i));
        assertThat(again.bias(i)).isEqualTo(lens.bias(i));
      }
    }
  }

  private static String refused(LanguageModel<?> model, Path files) {
    return String.valueOf(
        assertThrows(CheckpointException.class, () -> TunedLens.open(model, files)).getMessage());
  }

  @Test
  void refusesWhatItDoesNotCompute() throws Exception {
    try (LanguageModel<AnyModel> llama = Reference.open("llama/usual");
        LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      assertThat(assertThrows(RunException.class, () -> TunedLens.open(llama, file("two-heads"))))
          .hasMessageThat()
          .contains("expected a lens of a model with 3 layers of width 16, found 2 layers");
      String config = Files.readString(file("two-heads").resolve("config.json"));
      Path params = folder.resolve("params.pt");
      Files.copy(file("two-heads").resolve("params.pt"), params);
      Path written = folder.resolve("config.json");
      Files.writeString(written, config.replace("linear_tuned_lens", "mlp_tuned_lens"));
      assertThat(refused(model, folder))
          .contains("lens_type=\"mlp_tuned_lens\" changes the numbers");
      Files.writeString(written, config.replace("\"bias\"", "\"layer_norm\""));
      assertThat(refused(model, folder)).contains("layer_norm=true is no key of tuned-lens");
      Files.writeString(written, config.replace("\"bias\": true", "\"bias\": false"));
      assertThat(refused(model, folder)).contains("found also [0.bias, 1.bias]");
      Files.writeString(written, config);
      Files.copy(
          file("gemma2/caps").resolve("params.pt"), params, StandardCopyOption.REPLACE_EXISTING);
      assertThat(refused(model, folder)).contains("found also [2.weight, 2.bias]");
      assertThat(assertThrows(RunException.class, () -> TunedLens.of(model).matrix(2)))
          .hasMessageThat()
          .contains("translator 2 does not exist: there are 2");
    }
  }

  @Test
  void saysWhatItCosts() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      String text = "The Eiffel Tower is in the city of";
      assertThat(TunedLens.of(gpt2).topK(2).cost(text).toString())
          .isEqualTo("1 forward pass over 8 tokens; keeps 960 bytes");
      assertThat(TunedLens.training(gpt2).epochs(3).cost(List.of(text, text)).toString())
          .isEqualTo("6 forward passes over 48 tokens, 3 backward passes; keeps 1032 KiB");
    }
  }
}
