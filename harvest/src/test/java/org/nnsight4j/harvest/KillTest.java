package org.nnsight4j.harvest;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.harvest.job.HarvestStage;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** A harvest that is killed goes on to the same bits. */
final class KillTest {
  @TempDir private static Path shared;
  private static LanguageModel<Gpt2> gpt2;
  private static DatasetRun run;
  private static HarvestResult whole;

  @TempDir private Path folder;

  /** What runs through is the oracle. */
  @BeforeAll
  static void runsThrough() throws IOException {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    run = KilledHarvest.run(gpt2, Corpus.lines(shared, 200)).rowsPerSplit(50).workers(1);
    whole = run.run(shared.resolve("whole"));
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  /**
   * Ends a run as a kill does: nothing in it cleans up after an error, so the files are those that
   * a dead process leaves.
   */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest
  @EnumSource(HarvestStage.class)
  void killedAtEachPoint(HarvestStage point) throws IOException {
    Path out = folder.resolve("killed");
    int victim = point.compareTo(HarvestStage.LISTED) < 0 ? 2 : -1;
    DatasetRun killed =
        run.listener(
            (stage, split) -> {
              if (stage == point && split == victim) {
                throw new Killed();
              }
            });
    assertThrows(Killed.class, () -> killed.run(out));
    assertLeft(point, out);
    HarvestResult resumed = run.run(out);
    assertThat(resumed.digest()).isEqualTo(whole.digest());
    assertThat(resumed.kept()).isEqualTo(victim < 0 ? 4 : point == HarvestStage.COMMITTED ? 3 : 2);
    assertThat(names(out)).isEqualTo(names(shared.resolve("whole")));
  }

  /** A shard counts only if its receipt is there, and a receipt only with its shard. */
  private static void assertLeft(HarvestStage point, Path out) throws IOException {
    List<String> left = names(out);
    boolean shard = left.stream().anyMatch(name -> name.startsWith("part-00002-"));
    boolean receipt = left.contains("part-00002.json");
    assertThat(shard).isEqualTo(point.compareTo(HarvestStage.NAMED) >= 0);
    assertThat(receipt).isEqualTo(point.compareTo(HarvestStage.COMMITTED) >= 0);
    assertThat(left.contains("manifest.json")).isEqualTo(point.compareTo(HarvestStage.LISTED) >= 0);
    assertThat(left.contains("_SUCCESS")).isEqualTo(point == HarvestStage.FINISHED);
    boolean written;
    Path temporary = out.resolve("_tmp");
    try (Stream<Path> files =
        Files.exists(temporary) ? Files.list(temporary) : Stream.<Path>empty()) {
      written = files.anyMatch(file -> file.getFileName().toString().startsWith("2-"));
    }
    assertThat(written).isEqualTo(point == HarvestStage.WRITTEN || point == HarvestStage.NAMED);
  }

  private static List<String> names(Path out) throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** A second attempt on a split has the same bits, and leaves nothing. */
  @Test
  void twoProcessesShareAFolder() throws IOException {
    Path out = folder.resolve("out");
    List<String> inner = new ArrayList<>();
    HarvestResult outer =
        run.listener(
                (stage, split) -> {
                  // While one holds a finished shard, another makes all of them.
                  if (stage == HarvestStage.WRITTEN && split == 1 && inner.isEmpty()) {
                    inner.add("");
                    inner.set(0, digest(run, out));
                  }
                })
            .run(out);
    assertThat(inner).containsExactly(outer.digest());
    assertThat(names(out)).isEqualTo(names(shared.resolve("whole")));
  }

  private static String digest(DatasetRun run, Path out) {
    try {
      return run.run(out).digest();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** 20,000 lines in processes of their own, each of which dies; the last one ends. */
  @Tag("nightly")
  @Test
  void tenKillsOfTwentyThousandLines() throws Exception {
    Path lines = Corpus.lines(folder, 20_000);
    String through = KilledHarvest.run(gpt2, lines).run(folder.resolve("whole")).digest();
    Path out = folder.resolve("out");
    HarvestStage[] points = HarvestStage.values();
    SplittableRandom random = new SplittableRandom(1);
    for (int kill = 0; kill < 10; kill++) {
      // Every second dies at a point, the others at any time.
      boolean named = kill % 2 == 0;
      Process process =
          KilledHarvest.start(
              lines,
              out,
              named ? points[kill / 2].name() : "none",
              2 * kill,
              folder.resolve("log"));
      if (!named && !process.waitFor(1500 + random.nextInt(2000), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertWithMessage(Files.readString(folder.resolve("log")))
          .that(process.exitValue())
          .isAnyOf(9, 128 + 9);
    }
    assertThat(Files.exists(out.resolve("_SUCCESS"))).isFalse();
    Process last = KilledHarvest.start(lines, out, "none", 0, folder.resolve("log"));
    assertThat(last.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(Files.readString(folder.resolve("log"))).contains("digest " + through);
  }
}
