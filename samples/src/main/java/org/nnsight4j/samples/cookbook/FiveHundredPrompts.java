package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.tensor.DType.FLOAT16;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Activations of 500 prompts as files that Python reads too. */
public final class FiveHundredPrompts {
  public static void main(String[] args) throws Exception {
    try (var gpt2 = EmbeddedGpt2.open()) {
      List<String> names = List.of("Mary", "John", "Tom", "Anna", "Paul");
      List<String> prompts =
          IntStream.range(0, 500)
              .mapToObj(
                  i -> names.get(i % 5) + " gave " + names.get(i / 5 % 5) + " it".repeat(i / 100))
              .toList();
      Path folder = Files.createTempDirectory("activations");
      Path lines = Files.write(folder.resolve("prompts.txt"), prompts);
      var files =
          DatasetRun.of(
                  gpt2,
                  (invoker, columns) -> {
                    columns.hooks(FLOAT16, "blocks.1.hook_resid_post"); // for each token
                    columns.perText("last", invoker.model().transformer().h(2).output(0).at(-1));
                  })
              .over(DatasetRows.lines(lines))
              .run(folder.resolve("shards"));
      System.out.println(files.texts() + " texts, " + files.tokens() + " tokens");
      System.out.println(files.read(0).keySet());
    }
  }
}
