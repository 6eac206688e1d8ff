package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Harvests, as docs/harvest.md explains them. */
public final class Harvest {
  private static final List<String> LINES =
      List.of(
          "The Eiffel Tower is in the city of Paris",
          "The Colosseum is in the city of Rome",
          "When Mary and John went to the store, John gave a drink to Mary",
          "",
          "The Louvre is in the city of Paris");

  private final LanguageModel<Gpt2> gpt2;
  private final Path corpus;

  Harvest(LanguageModel<Gpt2> gpt2, Path corpus) {
    this.gpt2 = gpt2;
    this.corpus = corpus;
  }

  /** Goes through the whole page, and leaves its files in a folder. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length == 0 ? "target/harvest" : args[0]);
    Files.createDirectories(folder);
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Harvest harvest = new Harvest(gpt2, corpus(folder, 400));
      System.out.println(harvest.streams(folder.resolve("streams")));
      System.out.println(harvest.small(folder.resolve("small")));
      System.out.println(harvest.verified(folder.resolve("streams")) + " numbers are equal");
      System.out.println(harvest.dataset(folder.resolve("dataset")));
    }
  }

  static Path corpus(Path folder, int lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append(LINES.get(i % LINES.size())).append('\n');
    }
    return Files.writeString(folder.resolve("corpus.txt"), text, StandardCharsets.UTF_8);
  }

  HarvestResult streams(Path folder) throws IOException {
    // snippet: streams
    HarvestResult result =
        DatasetRun.of(
                gpt2,
                (invoker, columns) -> {
                  columns.hooks(DType.FLOAT16, "blocks.1.hook_resid_post", "blocks.1.attn.hook_z");
                  columns.perText("next", invoker.model().lmHead().output().at(-1).argMax(-1));
                })
            .over(DatasetRows.lines(corpus))
            .run(folder);
    Tensor first = result.read(0).get("blocks.1.hook_resid_post"); // [token, width]
    // end
    if (first == null) {
      throw new IllegalStateException("the column is there");
    }
    return result;
  }

  HarvestResult small(Path folder) throws IOException {
    int width = gpt2.blueprint().widths().getOrDefault("hidden", 0);
    LinearProbe probe =
        LinearProbe.of(Tensor.of(new float[2 * width], 2, width), Tensor.of(new float[] {0, 1}, 2));
    // snippet: small
    DatasetRun run =
        DatasetRun.of(
            gpt2,
            (invoker, columns) -> {
              var stream = invoker.model().transformer().h(2).output(0);
              columns.probe("probe", stream, probe);
              columns.topK("next", invoker.model().lmHead().output(), 5);
              columns.keep(stream.norm(-1).gt(1.0));
            });
    HarvestResult result =
        run.over(DatasetRows.lines(corpus)).progress(System.err::println).run(folder);
    // end
    return result;
  }

  long verified(Path folder) throws IOException {
    DatasetRun run =
        DatasetRun.of(
                gpt2,
                (invoker, columns) -> {
                  columns.hooks(DType.FLOAT16, "blocks.1.hook_resid_post", "blocks.1.attn.hook_z");
                  columns.perText("next", invoker.model().lmHead().output().at(-1).argMax(-1));
                })
            .over(DatasetRows.lines(corpus));
    // snippet: verify
    long equal = run.verify(folder, 20, 1); // 20 texts, chosen by the seed; counts their numbers
    // end
    return equal;
  }

  HarvestResult dataset(Path folder) throws IOException {
    // snippet: dataset
    HarvestResult result =
        DatasetRun.of(
                gpt2,
                (invoker, columns) -> columns.hooks(DType.FLOAT32, "blocks.1.hook_resid_post"))
            .over(DatasetRows.lines(corpus))
            .contexts(8)
            .rowsPerSplit(100)
            .format("arrow")
            .run(folder);
    // end
    return result;
  }
}
