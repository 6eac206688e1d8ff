package org.nnsight4j.harvest.spark;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.harvest.PromptNumbers;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.HarvestStage;
import org.nnsight4j.harvest.job.PromptFunction;
import org.nnsight4j.harvest.job.SplitNumbers;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.lens.LogitLens;

/** A harvest on Spark has the bits of the local one, whatever dies. */
final class SparkHarvestTest {
  private static final Set<String> DIED = ConcurrentHashMap.newKeySet();

  @TempDir private static Path shared;
  private static SparkSession spark;
  private static LanguageModel<Gpt2> gpt2;
  private static DatasetRun run;
  private static HarvestResult local;

  @TempDir private Path folder;

  @BeforeAll
  static void runsLocally() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2, 4]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.warehouse.dir", shared.resolve("warehouse").toString())
            .getOrCreate();
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      lines
          .append("The Eiffel Tower is in the city of Paris".substring(0, 7 * (i % 6)))
          .append('\n');
    }
    Path corpus = Files.writeString(shared.resolve("corpus.txt"), lines, StandardCharsets.UTF_8);
    run =
        DatasetRun.of(
                gpt2,
                (invoker, columns) -> columns.hooks(DType.FLOAT16, "blocks.1.hook_resid_post"))
            .over(DatasetRows.lines(corpus))
            .rowsPerSplit(30);
    local = run.run(shared.resolve("local"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
    gpt2.close();
  }

  @Test
  void theOutputIsThatOfTheLocalRun() throws IOException {
    Path out = folder.resolve("out");
    HarvestResult found = SparkHarvest.of(spark, run).run(out);
    assertThat(found.digest()).isEqualTo(local.digest());
    assertThat(names(out)).isEqualTo(names(shared.resolve("local")));
    assertThat(SparkHarvest.of(spark, run).run(out).kept()).isEqualTo(7);
  }

  /** Dies once, at one point of one split; the listener is a copy in each task. */
  private record DiesOnce(HarvestStage point, int victim, String name) implements HarvestListener {
    @Override
    public void at(HarvestStage stage, int split) {
      if (stage == point && split == victim && DIED.add(name)) {
        throw new IllegalStateException("killed at " + point);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HarvestStage.class)
  void aTaskThatDiesIsRepeated(HarvestStage point) throws IOException {
    Path out = folder.resolve("out");
    boolean ofDriver = point.compareTo(HarvestStage.LISTED) >= 0;
    SparkHarvest dying =
        SparkHarvest.of(spark, run)
            .listener(new DiesOnce(point, ofDriver ? -1 : 3, out.toString()));
    HarvestResult found;
    if (ofDriver) {
      assertThrows(IllegalStateException.class, () -> dying.run(out));
      found = dying.run(out);
      assertThat(found.kept()).isEqualTo(7);
    } else {
      found = dying.run(out);
    }
    assertThat(DIED).contains(out.toString());
    assertThat(found.digest()).isEqualTo(local.digest());
    assertThat(names(out)).isEqualTo(names(shared.resolve("local")));
  }

  /** Fails each attempt. */
  private record AlwaysDies(int victim) implements HarvestListener {
    @Override
    public void at(HarvestStage stage, int split) {
      if (split == victim) {
        throw new IllegalStateException("never");
      }
    }
  }

  @Test
  void whatIsCommittedStays() throws IOException {
    Path out = folder.resolve("out");
    assertThat(
            assertThrows(
                RunException.class,
                () -> SparkHarvest.of(spark, run).listener(new AlwaysDies(6)).run(out)))
        .hasMessageThat()
        .contains("what is committed stays, run it again to go on");
    // The local executor goes on where Spark ended.
    HarvestResult found = run.run(out);
    assertThat(found.kept()).isGreaterThan(0);
    assertThat(found.digest()).isEqualTo(local.digest());
  }

  /** A sweep and a lens over many prompts: the numbers of the local run, bit by bit. */
  @Test
  void analysesGiveTheNumbersOfTheLocalRun() throws IOException {
    Path prompts =
        Files.writeString(
            folder.resolve("prompts.txt"),
            "The Eiffel Tower is in the city of\nThe Colosseum is in the city of\n\nThe Louvre is in the city of\n",
            StandardCharsets.UTF_8);
    PromptNumbers analysis =
        PromptNumbers.of(gpt2).over(DatasetRows.lines(prompts)).promptsPerSplit(2);
    PromptFunction function =
        (model, texts) -> {
          SweepResult without =
              model
                  .sweep(texts)
                  .at(SweepSite.MLP_OUT)
                  .zero()
                  .metric("paris", Metrics.logitDifference(" Paris", " Rome"))
                  .plan()
                  .run();
          Tensor cells = without.of("paris");
          double sum = 0;
          for (int i = 0; i < cells.size(); i++) {
            sum += cells.at(i);
          }
          double best = LogitLens.of(model).run(texts.get(0)).top(3, -1).get(0).probability();
          return Map.of("ablated", sum, "best", best);
        };
    List<SplitNumbers> local = analysis.run(function);
    assertThat(local).hasSize(2);
    assertThat(local.get(1).prompts()).isEqualTo(1);
    assertThat(SparkPrompts.of(spark, analysis).run(function)).isEqualTo(local);
  }

  private static List<String> names(Path out) throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
