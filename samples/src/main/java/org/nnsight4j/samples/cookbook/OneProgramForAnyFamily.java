package org.nnsight4j.samples.cookbook;

import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.llama.EmbeddedLlama;

/** The same program for GPT-2 and Llama. */
public final class OneProgramForAnyFamily {
  public static void main(String[] args) {
    for (Path folder : List.of(EmbeddedGpt2.directory(), EmbeddedLlama.directory())) {
      try (var model =
          LanguageModel.open(folder)) { // or LanguageModel.open(hub("Qwen/Qwen3-0.6B"))
        var ids =
            model.trace(
                "The Eiffel Tower is in the city of",
                any -> any.project(any.layer(2).output().at(-1)).argMax(-1).save());
        System.out.println(
            model.config().modelType() + ":" + model.tokenizer().decode(ids.value().toLongArray()));
      }
    }
  }
}
