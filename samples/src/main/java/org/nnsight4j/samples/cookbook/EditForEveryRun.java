package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Files;
import java.nio.file.Path;
import org.nnsight4j.Edit;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Interventions that stay, in a copy of the model and in a file. */
public final class EditForEveryRun {
  public static void main(String[] args) throws Exception {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Edit quiet = gpt2.edit(invoker -> invoker.model().transformer().h(0).mlp().output().set(0));
      Path file = Files.createTempDirectory("edits").resolve("quiet.safetensors");
      quiet.export(file);
      var edited = gpt2.with(Edit.load(file)); // shares the weights
      System.out.println(
          edited
              .generate(maxNewTokens(1), "The Eiffel Tower is in the city of", any -> {})
              .text(0));
    }
  }
}
