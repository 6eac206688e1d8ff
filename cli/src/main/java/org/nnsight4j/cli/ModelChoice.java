package org.nnsight4j.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import picocli.CommandLine.Option;

/** Which model a command works on. */
final class ModelChoice {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "A checkpoint as Hugging Face saves it: config.json, model.safetensors, tokenizer.json;"
              + " GPT-2, Llama, or what else is on the class path. Without it, the small model"
              + " inside of nnsight4j.")
  private @Nullable Path directory;

  LanguageModel<AnyModel> open() {
    return LanguageModel.open(directory == null ? EmbeddedGpt2.directory() : directory);
  }

  @Override
  public String toString() {
    return directory == null ? "the embedded model" : directory.toString();
  }
}
