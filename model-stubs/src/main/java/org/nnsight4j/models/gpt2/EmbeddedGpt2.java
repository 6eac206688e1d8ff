package org.nnsight4j.models.gpt2;

import java.nio.file.Path;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.embedded.EmbeddedFiles;

/**
 * A small GPT-2 inside this jar, so that examples run immediately and offline. It knows a few dozen
 * facts, indirect objects and induction; its MODEL_CARD.md says how well.
 */
public final class EmbeddedGpt2 {
  private static final EmbeddedFiles FILES =
      new EmbeddedFiles(EmbeddedGpt2.class, "nnsight4j-embedded-gpt2");

  private EmbeddedGpt2() {}

  /** The model, opened. */
  public static LanguageModel<Gpt2> open() {
    return LanguageModel.open(new Gpt2Model(), directory());
  }

  /** The model, opened by the descriptor of its size: javac knows that it has four blocks. */
  public static LanguageModel<Gpt2Of1M> openPinned() {
    return LanguageModel.open(new Gpt2Of1MModel(), directory());
  }

  /** The model as a Hugging Face directory; weights are memory-mapped, so they must be files. */
  public static Path directory() {
    return FILES.directory();
  }
}
