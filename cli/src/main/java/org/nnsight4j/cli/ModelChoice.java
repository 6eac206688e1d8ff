package org.nnsight4j.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import picocli.CommandLine.Option;

/** Which model a command works on. */
final class ModelChoice {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "A GPT-2 checkpoint as Hugging Face saves it: config.json, model.safetensors,"
              + " tokenizer.json. Without it, the small model inside of nnsight4j.")
  private @Nullable Path directory;

  LanguageModel<Gpt2> open() {
    return directory == null ? EmbeddedGpt2.open() : LanguageModel.open(new Gpt2Model(), directory);
  }

  @Override
  public String toString() {
    return directory == null ? "the embedded model" : directory.toString();
  }
}
