package org.nnsight4j.models.llama;

import java.nio.file.Path;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.embedded.EmbeddedFiles;

/**
 * A small Llama inside this jar, with rotary positions, grouped queries and a gated MLP. It was
 * trained on the same text as the embedded GPT-2; its MODEL_CARD.md says how well it learned it.
 * Like Llama's, its tokenizer puts a token in front of each text.
 */
public final class EmbeddedLlama {
  private static final EmbeddedFiles FILES =
      new EmbeddedFiles(EmbeddedLlama.class, "nnsight4j-embedded-llama");

  private EmbeddedLlama() {}

  /** Opens the model. */
  public static LanguageModel<Llama> open() {
    return LanguageModel.open(new LlamaModel(), directory());
  }

  /** Opens the model with the descriptor of its size: javac knows that it has four blocks. */
  public static LanguageModel<LlamaOf1M> openPinned() {
    return LanguageModel.open(new LlamaOf1MModel(), directory());
  }

  /** The model as a Hugging Face directory; weights are memory-mapped, so they must be files. */
  public static Path directory() {
    return FILES.directory();
  }
}
