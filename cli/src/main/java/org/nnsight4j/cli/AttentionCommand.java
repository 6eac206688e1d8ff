package org.nnsight4j.cli;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.attention.AttentionPatterns;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code nnsight4j attention}: the attention patterns of a prompt. */
@Command(
    name = "attention",
    description =
        "Shows attention: for each head and token, the token that it takes most from; in a page,"
            + " all patterns.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AttentionCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;

  @Mixin private LayersChoice layers;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  AttentionCommand() {}

  @Override
  void check() {
    prompt.check();
  }

  @Override
  String use() {
    return "no causal attention to show";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    AttentionPatterns patterns = AttentionPatterns.of(language);
    patterns = layers.of(patterns, patterns::layers);
    return patterns.run(prompt.tokens(language, 0));
  }
}
