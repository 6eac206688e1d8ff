package org.nnsight4j.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.sae.SaeFeatures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j sae}: the features of a sparse autoencoder in a prompt. */
@Command(
    name = "sae",
    description =
        "Shows the most active features of a sparse autoencoder for each token, or with --ablate"
            + " what an answer loses without some of them.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class SaeCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;
  @Mixin private AnswerChoice answers;

  @Option(
      names = "--sae",
      paramLabel = "PATH",
      required = true,
      description =
          "A directory of SAELens, sparsify, Gemma Scope or Llama Scope, or one safetensors file.")
  private Path autoencoder;

  @Option(
      names = "--hook",
      paramLabel = "NAME",
      description =
          "Its place, such as blocks.3.hook_resid_post. Without it, the one that its file names.")
  private @Nullable String hook;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "5",
      description = "How many features of each token to show (${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--ablate",
      paramLabel = "FEATURE[,FEATURE...]",
      split = ",",
      hideParamSyntax = true,
      description = "Set these features to 0 and measure --answer.")
  private @Nullable List<Integer> features;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  SaeCommand() {}

  @Override
  void check() {
    prompt.check();
    answers.check();
    if (top < 1) {
      throw wrong("--top is %s; it must be at least 1".formatted(top));
    }
    if (features != null && !answers.isGiven()) {
      throw wrong("--ablate measures an answer: add --answer");
    }
    if (features == null && answers.isGiven()) {
      throw wrong("--answer is measured without some features: add --ablate");
    }
    if (answers.hasAgainst()) {
      throw wrong("--against is not for this command; leave it out");
    }
    if (!Files.exists(autoencoder)) {
      throw wrong("--sae: there is no %s".formatted(autoencoder));
    }
  }

  @Override
  String use() {
    return "no residual stream with features";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language) {
    SparseAutoencoder sae =
        Files.isDirectory(autoencoder)
            ? SparseAutoencoder.open(autoencoder)
            : SparseAutoencoder.load(autoencoder);
    if (hook != null) {
      sae = sae.at(hook);
    }
    SaeFeatures found = SaeFeatures.of(language, sae).topK(top);
    long[] tokens = prompt.tokens(language, 0);
    return features == null
        ? found.run(tokens)
        : found.ablate(
            tokens,
            answers.answer(language),
            features.stream().mapToInt(feature -> feature).toArray());
  }
}
