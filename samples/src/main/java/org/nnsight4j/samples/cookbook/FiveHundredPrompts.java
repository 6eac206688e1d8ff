package org.nnsight4j.samples.cookbook;

import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.harvest.ActivationHarvest;

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
      var files =
          ActivationHarvest.of(gpt2)
              .hooks("blocks.1.hook_resid_post", "blocks.2.hook_mlp_out")
              .lastTokens() // or all tokens, without padding
              .run(prompts, Files.createTempDirectory("activations"));
      System.out.println(files.read(0, "blocks.1.hook_resid_post").header());
    }
  }
}
