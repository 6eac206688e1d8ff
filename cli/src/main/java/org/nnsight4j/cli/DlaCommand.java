package org.nnsight4j.cli;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j dla}: direct logit attribution. */
@Command(
    name = "dla",
    description =
        "Direct logit attribution: how much each head, attention and MLP adds to the logit of an"
            + " answer, or to the difference of two.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class DlaCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;
  @Mixin private AnswerChoice answers;

  @Option(
      names = "--position",
      paramLabel = "N",
      defaultValue = "-1",
      description =
          "The token after which the prediction is explained: from 0, or from -1 backwards"
              + " (${DEFAULT-VALUE}).")
  private int position;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  DlaCommand() {}

  @Override
  void check() {
    prompt.check();
    answers.require();
  }

  @Override
  String use() {
    return "no logit of a next token to explain";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language) {
    DirectLogitAttribution attribution =
        DirectLogitAttribution.of(language).answer(answers.answer(language)).position(position);
    if (answers.hasAgainst()) {
      attribution = attribution.against(answers.against(language));
    }
    return attribution.run(prompt.tokens(language, 0));
  }
}
