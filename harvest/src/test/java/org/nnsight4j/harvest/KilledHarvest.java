package org.nnsight4j.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.harvest.job.HarvestStage;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.DType;

/** A harvest in a process of its own, which dies at a point of a split. */
final class KilledHarvest {
  private KilledHarvest() {}

  static DatasetRun run(LanguageModel<Gpt2> gpt2, Path lines) {
    return DatasetRun.of(
            gpt2,
            (invoker, columns) -> {
              columns.hooks(DType.FLOAT16, "blocks.1.hook_resid_post");
              columns.topK("next", invoker.model().lmHead().output(), 3);
            })
        .over(DatasetRows.lines(lines));
  }

  /** Starts one; it writes to a log. */
  static Process start(Path lines, Path out, String point, int split, Path log) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dai.djl.offline=true",
            "-Xmx1g",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            KilledHarvest.class.getName(),
            lines.toString(),
            out.toString(),
            point,
            String.valueOf(split));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  public static void main(String[] args) throws IOException {
    int victim = Integer.parseInt(args[3]);
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      HarvestResult result =
          run(gpt2, Path.of(args[0]))
              .listener(
                  (stage, split) -> {
                    if (stage.name().equals(args[2])
                        && (split >= victim || stage.compareTo(HarvestStage.LISTED) >= 0)) {
                      Runtime.getRuntime().halt(9);
                    }
                  })
              .run(Path.of(args[1]));
      System.out.println("digest " + result.digest());
    }
  }
}
