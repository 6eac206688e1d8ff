package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
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
              + " inside nnsight4j.")
  private @Nullable Path directory;

  @Option(
      names = "--strict",
      description =
          "Refuse a checkpoint that would be loaded with a warning, for example because no module"
              + " takes one of its tensors.")
  private boolean strict;

  /** The model, of whatever architecture. */
  LanguageModel<AnyModel> open() {
    return LanguageModel.open(directory(), new OpenOptions(strict));
  }

  Path directory() {
    return directory == null ? EmbeddedGpt2.directory() : directory;
  }

  /** Tells what the weights were loaded in spite of. */
  static void warn(PrintWriter err, LanguageModel<?> language) {
    language.warnings().forEach(warning -> err.println("nnsight4j: warning: " + warning));
  }

  @Override
  public String toString() {
    return directory == null ? "the embedded model" : directory.toString();
  }
}
