package org.nnsight4j.samples;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.train.Trained;

final class SamplesTest {
  private static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);
  private static final Tour TOUR = new Tour(GPT2);

  @AfterAll
  static void close() {
    GPT2.close();
  }

  @Test
  void attentionPatternsSumToOne() {
    Tensor pattern = TOUR.reading();
    assertThat(pattern.shape()).isEqualTo(new long[] {1, 4, 8, 8});
    double sum = IntStream.range(0, 8).mapToDouble(key -> pattern.get(0, 0, -1, key)).sum();
    assertThat(sum).isWithin(1e-5).of(1);
  }

  @Test
  void everyAnalysisRuns() {
    assertThat(Analyses.figures(GPT2)).hasSize(10);
    assertThat(Analyses.scope(GPT2).text(3)).startsWith(" Paris");
  }

  @Test
  @Tag("nightly")
  void lensesAndGraphsRun() throws Exception {
    assertThat(Lenses.figures(GPT2)).hasSize(6);
    assertThat(Lenses.ownGraph()).contains("\"source\":\"E_1\"");
  }

  @Test
  void aHarvestIsComputedOnce(@TempDir Path folder) throws Exception {
    Harvest harvest = new Harvest(GPT2, Harvest.corpus(folder, 60));
    HarvestResult streams = harvest.streams(folder.resolve("streams"));
    assertThat(streams.tokens()).isGreaterThan(300);
    assertThat(harvest.streams(folder.resolve("streams")).kept()).isEqualTo(1);
    assertThat(harvest.small(folder.resolve("small")).tokens()).isGreaterThan(0);
    assertThat(harvest.verified(folder.resolve("streams"))).isGreaterThan(1000);
    assertThat(harvest.dataset(folder.resolve("dataset")).tokens() % 8).isEqualTo(0);
  }

  @Test
  void theSmallestFoldersOfOtherToolsOpen(@TempDir Path sae, @TempDir Path lora) throws Exception {
    assertThat(ToolFolders.autoencoder(GPT2, sae).top(-1)).isNotEmpty();
    Tensor adapted = ToolFolders.adapter(GPT2, lora).value();
    Tensor plain =
        GPT2.trace("The Eiffel Tower is in the city of", model -> model.output().at(-1).save())
            .value();
    assertThat(adapted.shape()).isEqualTo(plain.shape());
    assertThat(adapted).isNotEqualTo(plain);
  }

  @Test
  void everyCircuitRuns() {
    assertThat(Circuits.figures(GPT2)).hasSize(7);
  }

  @Test
  void halfAnMlpStillKnowsParis() {
    assertThat(TOUR.writing()).isEqualTo(" Paris");
  }

  @Test
  void aBlankedLastTokenKnowsNothing() {
    assertThat(TOUR.parts()).isNotEqualTo(" Paris");
  }

  @Test
  void theLensReadsLayerTwo() {
    assertThat(TOUR.lens()).isEqualTo(" Paris");
    assertThat(Tour.anyDecoder(EmbeddedGpt2.directory())).isEqualTo(" Paris");
  }

  @Test
  void theColosseumMovesToParis() {
    assertThat(TOUR.inputs().get(1)).isEqualTo("The Colosseum is in the city of Paris");
    String alone =
        GPT2.generate(
            maxNewTokens(1),
            generator -> {
              generator.invoke("The Colosseum is in the city of").close();
              generator.run();
              return generator.output().newText(0);
            });
    assertThat(alone).isEqualTo(" Rome");
  }

  @Test
  void gradientsHaveTheShapeOfTheirValue() {
    assertThat(TOUR.gradients().shape()).isEqualTo(new long[] {1, 8, 128});
  }

  @Test
  void samplingWithASeedIsRepeatable() {
    assertThat(TOUR.options()).isEqualTo(TOUR.options());
    assertThat(TOUR.options()).hasSize(2);
  }

  @Test
  void aWriteThatChangesNothingIsPointedOut() {
    assertThat(TOUR.receipt()).contains("changed nothing");
  }

  @Test
  void theLastLayerOfTheLensIsTheAnswer() {
    assertThat(LogitLens.lens(GPT2, "The Eiffel Tower is in the city of").text(200))
        .containsMatch("h\\.3 .*_Paris 100%");
  }

  @Test
  void patchingTheLastTokenAfterTheLastLayerBringsAllBack() {
    String table = ActivationPatching.recovered(GPT2).text(200);
    assertThat(table.lines().reduce("", (before, line) -> line)).endsWith("  100%");
  }

  @Test
  void trainingLowersTheLoss() {
    Training training = new Training(GPT2);
    for (Trained trained :
        List.of(
            training.vector(),
            training.adapter(),
            training.softPrompt(),
            training.probe(),
            training.translator())) {
      double[] losses = trained.epochLosses();
      assertThat(losses[losses.length - 1]).isLessThan(losses[0] / 2);
    }
  }

  @Test
  void aLoopOfOnesOwnLowersTheLoss() {
    List<Double> losses = new Training(GPT2).ownLoop();
    assertThat(losses.get(19)).isLessThan(losses.get(0) / 2);
  }
}
