package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.Model;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.error.CheckpointException;
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
          "A checkpoint as Hugging Face saves it: config.json, model.safetensors, tokenizer.json."
              + " Without it, the small model inside of nnsight4j.")
  private @Nullable Path directory;

  @Option(
      names = "--strict",
      description =
          "Refuse a checkpoint that would be loaded with a warning, for example because no module"
              + " takes one of its tensors.")
  private boolean strict;

  /** The model, of whatever architecture. */
  LanguageModel<AnyModel> open() {
    return open(new AnyModel(Checkpoint.open(directory()).config().modelType()));
  }

  /** The model, if it is a GPT-2. */
  LanguageModel<Gpt2> openGpt2() {
    String found = Checkpoint.open(directory()).config().modelType();
    if (!found.equals("gpt2")) {
      throw new CheckpointException(
          "%s: expected a model_type of gpt2, the one that this command knows, found '%s'"
              .formatted(directory(), found));
    }
    return open(new Gpt2Model());
  }

  private <M> LanguageModel<M> open(Model<M> model) {
    return LanguageModel.open(model, directory(), new OpenOptions(strict));
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
