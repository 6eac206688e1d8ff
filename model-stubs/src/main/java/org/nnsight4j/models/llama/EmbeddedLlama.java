package org.nnsight4j.models.llama;

import java.nio.file.Path;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.models.embedded.EmbeddedFiles;

/**
 * A small Llama inside this jar, of 0.9 million parameters in 4 blocks, with rotary positions,
 * grouped queries and a gated MLP. It was trained on the same text as the embedded GPT-2; its
 * MODEL_CARD.md says how well it learned it. Like Llama's, its tokenizer puts a token in front of
 * each text. javac knows how many blocks there are.
 */
@Architecture("llama")
@Pinned("embedded.layers.json")
public interface EmbeddedLlama extends Llama {
  @Override
  Decoder model();

  /** {@link Llama.Decoder} with 4 blocks. */
  interface Decoder extends Llama.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 4) int layer);
  }

  /**
   * Opens the model. For code that is written for a {@code LanguageModel<Llama>}, add {@code
   * .as(Llama.class)}; a {@code LanguageModel<? extends Llama>} takes it as it is.
   */
  static LanguageModel<EmbeddedLlama> open() {
    return LanguageModel.open(new EmbeddedLlamaModel(), directory());
  }

  /** The model as a Hugging Face directory; weights are memory-mapped, so they must be files. */
  static Path directory() {
    return EmbeddedFiles.directory(EmbeddedLlama.class, "nnsight4j-embedded-llama");
  }
}
