package org.nnsight4j.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.attention.HeadScores;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nnsight4j heads}: heads that do what is known from the literature. */
@Command(
    name = "heads",
    description =
        "Scores each head on random tokens that are repeated: how much it looks at the token"
            + " before, at copies of its token, and at what came after a copy (induction).",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class HeadsCommand extends AnalysisCommand {
  @Option(
      names = "--distances",
      paramLabel = "N[,N...]",
      split = ",",
      hideParamSyntax = true,
      description = "How far apart copies are, one sequence for each. Without it, 7,10,13,16.")
  private @Nullable List<Integer> distances;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The seed of the random tokens (${DEFAULT-VALUE}).")
  private long seed;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  HeadsCommand() {}

  @Override
  void check() {}

  @Override
  String use() {
    return "no head that looks back";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language) {
    HeadScores scores = HeadScores.of(language).seed(seed);
    if (distances != null) {
      scores = scores.distances(distances.stream().mapToInt(each -> each).toArray());
    }
    return scores.run();
  }
}
