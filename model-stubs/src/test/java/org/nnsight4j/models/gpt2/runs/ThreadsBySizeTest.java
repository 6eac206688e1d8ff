package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;

/** A small model gives the same tokens on one thread and on all. */
final class ThreadsBySizeTest {
  private static final String PROPERTY = "nnsight4j.threads";

  @AfterEach
  void usual() {
    System.clearProperty(PROPERTY);
  }

  @Test
  void theNumberOfThreadsChangesNoToken() {
    List<String> seen = new ArrayList<>();
    try (LanguageModel<Gpt2> model =
        LanguageModel.open(new Gpt2Model(), Fixtures.folder("plain"))) {
      for (String way : new String[] {"by-size", "all"}) {
        System.setProperty(PROPERTY, way);
        Generator<Gpt2> generator = model.generate(maxNewTokens(5));
        generator.invoke(new long[][] {{1, 2, 3}, {4, 5, 6}}).close();
        generator.run();
        seen.add(
            Arrays.toString(generator.output().ids(0))
                + Arrays.toString(generator.output().ids(1)));
      }
    }
    assertThat(seen.get(1)).isEqualTo(seen.get(0));
  }
}
