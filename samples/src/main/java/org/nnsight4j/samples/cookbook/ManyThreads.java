package org.nnsight4j.samples.cookbook;

import java.util.List;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** One recording, planned once and run by many threads. */
public final class ManyThreads {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      List<String> prompts =
          List.of(
              "The Eiffel Tower is in the city of",
              "The Colosseum is in the city of",
              "The capital of Japan is");
      var prepared = gpt2.prepare(model -> model.output().at(-1).argMax(-1).save());
      List<String> said =
          prompts.parallelStream()
              .map(prompt -> prepared.run(prompt).value(prepared.recorded()).toLongArray())
              .map(ids -> gpt2.tokenizer().decode(ids))
              .toList();
      System.out.println(said);
    }
  }
}
