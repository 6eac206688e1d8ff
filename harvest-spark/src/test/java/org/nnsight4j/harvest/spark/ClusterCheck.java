package org.nnsight4j.harvest.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.HarvestStage;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.DType;

/**
 * For {@code tools/spark/standalone}: 20,000 lines on a cluster whose executors die ten times, at
 * each point, and once take so long that Spark begins a second attempt; the output must be that of
 * a local run.
 */
public final class ClusterCheck {
  private static final HarvestStage[] POINTS = {
    HarvestStage.READ,
    HarvestStage.COMPUTED,
    HarvestStage.WRITTEN,
    HarvestStage.NAMED,
    HarvestStage.COMMITTED
  };

  private static final int KILLS = 10;
  private static final int SLOW = 16;

  private ClusterCheck() {}

  /** Kills an executor at the point of a split, once each; a file says that it was done. */
  private record Kills(String folder, boolean halts) implements HarvestListener {
    @Override
    public void at(HarvestStage stage, int split) {
      for (int kill = 0; kill < KILLS; kill++) {
        if (split == 1 + 2 * kill - kill % 2
            && stage == POINTS[kill % POINTS.length]
            && first("kill-" + kill)) {
          if (halts) {
            Runtime.getRuntime().halt(9);
          }
          throw new IllegalStateException("killed at " + stage);
        }
      }
      if (halts && split == SLOW && stage == HarvestStage.READ && first("slow-" + split)) {
        LockSupport.parkNanos(60_000_000_000L);
      }
      if (split == SLOW && stage == HarvestStage.WRITTEN) {
        var unused = first("attempt-" + ProcessHandle.current().pid());
      }
    }

    private boolean first(String name) {
      try {
        Files.createFile(Path.of(folder, name));
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("cluster-check");
    Path marks = Files.createDirectories(folder.resolve("marks"));
    SparkSession spark = SparkSession.builder().appName("cluster check").getOrCreate();
    boolean ofProcesses = !spark.sparkContext().isLocal();
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      List<String> texts =
          List.of(
              "The Eiffel Tower is in", "Mary gave a book to John", "", "Paris", "Rome is a city");
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < 20_000; i++) {
        lines.append(texts.get(i % texts.size())).append(' ').append(i % 97).append('\n');
      }
      Path corpus = Files.writeString(folder.resolve("corpus.txt"), lines, StandardCharsets.UTF_8);
      DatasetRun run =
          DatasetRun.of(
                  gpt2,
                  (invoker, columns) -> columns.hooks(DType.FLOAT16, "blocks.1.hook_resid_post"))
              .over(DatasetRows.lines(corpus));
      String expected = run.run(folder.resolve("local")).digest();
      HarvestResult found =
          SparkHarvest.of(spark, run)
              .listener(new Kills(marks.toString(), ofProcesses))
              .run(folder.resolve("spark"));
      long kills = count(marks, "kill-");
      long attempts = count(marks, "attempt-");
      System.out.println(
          "%s kills, %s executors wrote the slow split, local %s, spark %s"
              .formatted(kills, attempts, expected, found.digest()));
      if (!found.digest().equals(expected) || kills != KILLS) {
        throw new IllegalStateException("the cluster's output is not that of the local run");
      }
      System.out.println("cluster check passed: " + found);
    } finally {
      spark.stop();
    }
  }

  private static long count(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith(prefix)).count();
    }
  }
}
