package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.values.Receipt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The model that a command uses. */
final class ModelChoice {
  @Option(
      names = "--model",
      paramLabel = "DIR|ORG/NAME",
      description =
          "A checkpoint as Hugging Face saves it (config.json, model.safetensors, tokenizer.json), or"
              + " a model on its hub, such as Qwen/Qwen3-0.6B or Qwen/Qwen3-0.6B@REVISION, which is"
              + " read from its cache, or downloaded into it. GPT-2, Llama, or what else is on the"
              + " class path. Without it, a small model inside nnsight4j.")
  private @Nullable String model;

  @Option(
      names = "--embedded",
      paramLabel = "NAME",
      completionCandidates = Embedded.Labels.class,
      description =
          "A small model inside nnsight4j: ${COMPLETION-CANDIDATES}. The first one if there is no"
              + " --model, either.")
  private @Nullable String embedded;

  @Option(
      names = "--strict",
      description =
          "Refuse a checkpoint that would load with a warning, for example because no module"
              + " uses one of its tensors.")
  private boolean strict;

  @Mixin private NumberChoice numbers;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  ModelChoice() {}

  /** The model, of any architecture. */
  LanguageModel<AnyModel> open() {
    PrintWriter err = spec.commandLine().getErr();
    return place(err).open(numbers.in(OpenOptions.defaults().strict(strict)), err);
  }

  /** The same model with exact weights, in FP32 on the CPU. */
  LanguageModel<AnyModel> openExact() {
    PrintWriter err = spec.commandLine().getErr();
    return place(err).open(OpenOptions.defaults().strict(strict), err);
  }

  /** Whether nothing is rounded. */
  boolean isExact() {
    return numbers.isExact();
  }

  /**
   * Refuses an encoder, which sees a whole text at once.
   *
   * @param use the use for which a decoder is needed
   */
  void requireDecoder(LanguageModel<AnyModel> language, String use) {
    if (language.blueprint().kind() == ModelKind.ENCODER) {
      throw new ParameterException(
          spec.commandLine(),
          "--model: '%s' sees all of a text at once and continues none, so there is %s; nnsight4j cache writes the logits of each position ('output') and all that comes before them"
              .formatted(language.blueprint().architecture(), use));
    }
  }

  private ModelPlace place(PrintWriter err) {
    if (model != null && embedded != null) {
      throw new ParameterException(
          spec.commandLine(), "expected --model or --embedded, found both; leave one out");
    }
    try {
      if (model == null) {
        return ModelPlace.of(
            (embedded == null ? Embedded.GPT2 : Embedded.of(embedded)).directory());
      }
      return ModelPlace.of(model, "--model", err);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** The directory of an open model's files. */
  static Path directory(LanguageModel<?> language) {
    return language.config().file().toAbsolutePath().resolveSibling(".").normalize();
  }

  /** Prints the warnings from loading the weights. */
  static void warn(PrintWriter err, LanguageModel<?> language) {
    language.warnings().forEach(warning -> err.println("nnsight4j: warning: " + warning));
  }

  /** Prints the warnings of a run. */
  static void warn(PrintWriter err, Receipt receipt) {
    receipt
        .warnings()
        .forEach(warning -> err.println("nnsight4j: warning: " + Shown.line(warning)));
  }

  @Override
  public String toString() {
    return model != null
        ? model
        : "the embedded %s".formatted(embedded == null ? Embedded.GPT2.label() : embedded);
  }
}
