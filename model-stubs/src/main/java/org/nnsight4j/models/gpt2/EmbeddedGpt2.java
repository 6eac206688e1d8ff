package org.nnsight4j.models.gpt2;

import java.nio.file.Path;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.models.embedded.EmbeddedFiles;

/**
 * A small GPT-2 inside this jar, so that examples run immediately and offline: one million
 * parameters in 4 blocks. It knows a few dozen facts, indirect objects and induction; its
 * MODEL_CARD.md says how well. javac knows how many blocks there are.
 */
@Architecture("gpt2")
@Pinned("embedded.layers.json")
public interface EmbeddedGpt2 extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 4 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 4) int layer);
  }

  /**
   * Opens the model. For code that is written for a {@code LanguageModel<Gpt2>}, add {@code
   * .as(Gpt2.class)}; a {@code LanguageModel<? extends Gpt2>} takes it as it is.
   */
  static LanguageModel<EmbeddedGpt2> open() {
    return LanguageModel.open(new EmbeddedGpt2Model(), directory());
  }

  /** The model as a Hugging Face directory; weights are memory-mapped, so they must be files. */
  static Path directory() {
    return EmbeddedFiles.directory(EmbeddedGpt2.class, "nnsight4j-embedded-gpt2");
  }
}
