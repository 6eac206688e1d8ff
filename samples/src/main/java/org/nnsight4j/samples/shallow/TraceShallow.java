package org.nnsight4j.samples.shallow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.values.Saved;

/** What each head of the last layer adds to the answer. */
public final class TraceShallow {
  private TraceShallow() {}

  /** Prints one line for each head. */
  public static void main(String[] args) throws IOException {
    Path directory = RandomShallow.write(Files.createTempDirectory("shallow"));
    long[] ids = {3, 1, 4, 1, 5};
    // snippet: trace
    try (LanguageModel<Shallow> shallow = LanguageModel.open(new ShallowModel(), directory)) {
      for (int head = 0; head < 2; head++) {
        Saved<Shallow.Vocab> with;
        Saved<Shallow.Vocab> without;
        Saved<Shallow.Key> pattern;
        try (Generator<Shallow> pass = shallow.trace()) {
          try (Invoker<Shallow> whole = pass.invoke(ids)) {
            pattern = whole.model().blocks(-1).attn().pattern().output().save();
            with = whole.model().output().at(-1).save();
          }
          try (Invoker<Shallow> cut = pass.invoke(ids)) {
            cut.model().blocks(-1).attn().z().output().get(":, " + head).set(0);
            without = cut.model().output().at(-1).save();
          }
        }
        double effect = with.value().get(0, 4) - without.value().get(0, 4);
        System.out.printf(
            Locale.ROOT,
            "head %d looks at the first token with %.2f and adds %.2f to the logit of token 4%n",
            head,
            pattern.value().get(0, head, -1, 0),
            effect);
      }
    }
    // end
  }
}
