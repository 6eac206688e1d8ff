package org.nnsight4j.cli;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.patching.AttributionPatching;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j attribution-patch}: what {@code patch} would give, by one gradient. */
@Command(
    name = "attribution-patch",
    description =
        "Attribution patching: an estimate of what patch would give, for all places by one"
            + " gradient. Compare it with patch where it matters.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AttributionPatchCommand extends AnalysisCommand {
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
  AttributionPatchCommand() {}

  @Override
  void check() {
    prompt.check();
    answers.require();
    corrupted.check("a patch needs two prompts");
    SweepSite wanted = site.wanted();
    if (wanted == SweepSite.PATTERN || wanted == SweepSite.RESID_MID) {
      throw wrong(
          "--site: expected a vector for each token that can be written, found %s; nnsight4j patch has it"
              .formatted(wanted));
    }
  }

  @Override
  String use() {
    return "no next token to patch for";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    long[] clean = prompt.tokens(language, 0);
    long[] other = corrupted.tokens(language, clean);
    AttributionPatching patching =
        AttributionPatching.of(language).at(site.wanted()).answer(answers.answer(language));
    if (answers.hasAgainst()) {
      patching = patching.against(answers.against(language));
    }
    return (noise ? patching.noise() : patching).run(clean, other);
  }
}
