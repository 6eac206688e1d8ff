package org.nnsight4j.cli;

import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.patching.AttentionKnockout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j knockout}: attention knockout. */
@Command(
    name = "knockout",
    description =
        "Attention knockout: some tokens may not look at some others, around each layer; shows the"
            + " probability that is left of an answer.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class KnockoutCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;
  @Mixin private ProbabilityChoice answer;

  @Option(
      names = "--keys",
      paramLabel = "N[,N...]",
      split = ",",
      required = true,
      hideParamSyntax = true,
      description = "The positions that may not be looked at: from 0, or from -1 backwards.")
  private List<Integer> keys;

  @Option(
      names = "--queries",
      paramLabel = "N[,N...]",
      split = ",",
      defaultValue = "-1",
      hideParamSyntax = true,
      description = "The positions that may not look there (${DEFAULT-VALUE}).")
  private List<Integer> queries;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many layers are changed together, around each layer (${DEFAULT-VALUE}).")
  private int window;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  KnockoutCommand() {}

  @Override
  void check() {
    prompt.check();
    atLeastOne("--window", window);
  }

  @Override
  String use() {
    return "no attention that looks back";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    long[] tokens = prompt.tokens(language, 0);
    return AttentionKnockout.of(language)
        .answer(answer.of(language))
        .queries(queries.stream().mapToInt(each -> each).toArray())
        .keys(keys.stream().mapToInt(each -> each).toArray())
        .window(window)
        .run(tokens);
  }
}
