package org.nnsight4j.cli;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.patching.ActivationPatching;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j patch}: activation patching. */
@Command(
    name = "patch",
    description =
        "Activation patching: puts the values of the prompt's run into the run of another prompt of"
            + " as many tokens, place by place, and shows how much of the answer comes back.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PatchCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;
  @Mixin private AnswerChoice answers;
  @Mixin private CorruptedChoice corrupted;
  @Mixin private SiteChoice site;

  @Option(
      names = "--noise",
      description =
          "The other way around: the other prompt's values into this one's run, which shows what"
              + " the answer needs.")
  private boolean noise;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  PatchCommand() {}

  @Override
  void check() {
    prompt.check();
    answers.require();
    corrupted.check("a patch needs two prompts");
    var unused = site.wanted();
  }

  @Override
  String use() {
    return "no next token to patch for";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    long[] clean = prompt.tokens(language, 0);
    long[] other = corrupted.tokens(language, clean);
    ActivationPatching patching =
        ActivationPatching.of(language)
            .at(site.wanted())
            .answer(answers.answer(language))
            .progress(progress);
    if (answers.hasAgainst()) {
      patching = patching.against(answers.against(language));
    }
    return (noise ? patching.noise() : patching).run(clean, other);
  }
}
