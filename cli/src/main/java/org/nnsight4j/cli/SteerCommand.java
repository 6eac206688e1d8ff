package org.nnsight4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.steering.DoseResponse;
import org.nnsight4j.toolkit.steering.Steer;
import org.nnsight4j.toolkit.steering.SteeringVector;
import org.nnsight4j.toolkit.steering.SteeringVectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j steer}: a direction from two files of texts, and what it does to an answer. */
@Command(
    name = "steer",
    description =
        "Finds the direction between two kinds of texts, adds it while the model reads the prompt,"
            + " and shows how the logit of an answer changes with its strength.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class SteerCommand extends AnalysisCommand {
  /** How the direction is found. */
  enum Method {
    MEAN,
    PCA
  }

  @Mixin private PromptChoice prompt;
  @Mixin private PairsChoice texts;
  @Mixin private AnswerChoice answers;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = "mean",
      description =
          "mean for the difference of the means, pca for the first principal component of pairs"
              + " (${DEFAULT-VALUE}).")
  private String method;

  @Mixin private LayersChoice layers;

  @Option(
      names = "--strengths",
      paramLabel = "C[,C...]",
      split = ",",
      defaultValue = "-2,-1,0,1,2",
      hideParamSyntax = true,
      description = "How often the direction is added (${DEFAULT-VALUE}).")
  private List<Double> strengths;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Also write the direction to a GGUF file, as repeng and llama.cpp read it.")
  private @Nullable Path out;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  SteerCommand() {}

  @Override
  void check() {
    prompt.check();
    texts.check();
    answers.require();
    wanted();
    if (out != null) {
      OutputFile.check(spec(), "--out", out);
    }
  }

  private Method wanted() {
    return switch (method.toLowerCase(Locale.ROOT)) {
      case "mean" -> Method.MEAN;
      case "pca" -> Method.PCA;
      default -> throw wrong("--method: expected mean or pca, found '%s'".formatted(method));
    };
  }

  @Override
  String use() {
    return "no answer to steer";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    SteeringVectors finding = SteeringVectors.of(language).progress(progress);
    finding = layers.of(finding, finding::layers);
    List<String> positive = texts.positive();
    List<String> negative = texts.negative();
    SteeringVector vector =
        wanted() == Method.MEAN
            ? finding.differenceOfMeans(positive, negative)
            : finding.principalComponent(positive, negative);
    if (out != null) {
      vector.controlVector().write(out);
    }
    DoseResponse dose =
        DoseResponse.of(language, Steer.by(vector))
            .strengths(strengths.stream().mapToDouble(each -> each).toArray())
            .answer(answers.answer(language));
    if (answers.hasAgainst()) {
      dose = dose.against(answers.against(language));
    }
    return dose.run(prompt.tokens(language, 0));
  }
}
