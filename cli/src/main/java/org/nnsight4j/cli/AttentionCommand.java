package org.nnsight4j.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.attention.AttentionPatterns;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Option(
      names = "--layers",
      paramLabel = "LAYER[,LAYER...]",
      split = ",",
      hideParamSyntax = true,
      description = "Only these layers: from 0, or from -1 backwards. Without it, all.")
  private @Nullable List<Integer> layers;

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
  AnalysisResult analyse(LanguageModel<AnyModel> language) {
    AttentionPatterns patterns = AttentionPatterns.of(language);
    if (layers != null) {
      patterns = patterns.layers(layers.stream().mapToInt(layer -> layer).toArray());
    }
    return patterns.run(prompt.tokens(language, 0));
  }
}
