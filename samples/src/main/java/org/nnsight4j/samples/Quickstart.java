package org.nnsight4j.samples;

import static org.nnsight4j.Options.maxNewTokens;

import java.util.Arrays;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;

/** Asks the embedded model a question, and keeps what its last block computed. */
public final class Quickstart {
  private Quickstart() {}

  /** Prints the answer, the shape of what was kept, and the receipt of the run. */
  public static void main(String[] args) {
    System.out.println("Starting libtorch; the first start on a machine unpacks it (0.4 GB).");
    Saved<Hidden> hidden;
    try (LanguageModel<EmbeddedGpt2> gpt2 = EmbeddedGpt2.open();
        Generator<EmbeddedGpt2> generator = gpt2.generate(maxNewTokens(1))) {
      try (Invoker<EmbeddedGpt2> invoker = generator.invoke("The Eiffel Tower is in the city of")) {
        Gpt2 model = invoker.model();
        hidden = model.transformer().h(-1).output(0).save();
      }
      generator.run();
      System.out.println(generator.output().text(0));
      System.out.println(generator.receipt());
    }
    System.out.println("hidden: " + Arrays.toString(hidden.value().shape()));
  }
}
