package org.nnsight4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.AnalysisResult;
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

  @Option(
      names = "--corrupted",
      paramLabel = "TEXT",
      description = "The other prompt, which calls for another answer.")
  private @Nullable String corrupted;

  @Option(
      names = "--corrupted-ids",
      paramLabel = "ID[,ID...]",
      split = ",",
      hideParamSyntax = true,
      description = "The other prompt as token ids.")
  private @Nullable List<Long> corruptedIds;

  @Option(
      names = "--site",
      paramLabel = "NAME",
      defaultValue = "resid_pre",
      description =
          "What is patched: resid_pre, resid_mid, resid_post, attn_out, mlp_out, z, q, k, v or"
              + " pattern (${DEFAULT-VALUE}).")
  private String site;

  @Option(
      names = "--noise",
      description =
          "The other way around: the other prompt's values into this one's run, which shows what the"
              + " answer needs.")
  private boolean noise;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  PatchCommand() {}

  @Override
  void check() {
    prompt.check();
    answers.require();
    if ((corrupted == null) == (corruptedIds == null)) {
      throw wrong(
          corrupted == null
              ? "expected --corrupted or --corrupted-ids, found none; a patch needs two prompts"
              : "expected --corrupted or --corrupted-ids, found both; leave one out");
    }
    wanted();
  }

  private SweepSite wanted() {
    return Arrays.stream(SweepSite.values())
        .filter(each -> each.toString().equals(site.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                wrong(
                    "--site: expected one of %s, found '%s'"
                        .formatted(
                            Arrays.stream(SweepSite.values())
                                .map(SweepSite::toString)
                                .collect(Collectors.joining(", ")),
                            site)));
  }

  @Override
  String use() {
    return "no next token to patch for";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language) {
    long[] clean = prompt.tokens(language, 0);
    long[] other = corrupted != null ? language.tokenizer().encode(corrupted) : given(language);
    if (other.length != clean.length) {
      throw wrong(
          "expected two prompts of as many tokens, so that positions are the same, found %s and %s"
              .formatted(clean.length, other.length));
    }
    ActivationPatching patching =
        ActivationPatching.of(language).at(wanted()).answer(answers.answer(language));
    if (answers.hasAgainst()) {
      patching = patching.against(answers.against(language));
    }
    return (noise ? patching.noise() : patching).run(clean, other);
  }

  private long[] given(LanguageModel<?> language) {
    int last = language.blueprint().vocabularySize() - 1;
    List<Long> ids = corruptedIds == null ? List.of() : corruptedIds;
    for (long id : ids) {
      if (id < 0 || id > last) {
        throw wrong(
            "--corrupted-ids: expected tokens of this model, which are 0 to %s, found %s"
                .formatted(last, id));
      }
    }
    return ids.stream().mapToLong(id -> id).toArray();
  }
}
