package org.nnsight4j.cli;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.patching.Patchscope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j patchscope}: vectors of one prompt, read inside of another. */
@Command(
    name = "patchscope",
    description =
        "Patchscopes: puts the vector of each layer of the prompt into another prompt, and shows"
            + " how the model goes on.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PatchscopeCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;

  @Option(
      names = "--target",
      paramLabel = "TEXT",
      required = true,
      description = "The other prompt, of any length.")
  private String target;

  @Option(
      names = "--position",
      paramLabel = "N",
      defaultValue = "-1",
      description =
          "The token of the prompt whose vectors are read: from 0, or from -1 backwards"
              + " (${DEFAULT-VALUE}).")
  private int position;

  @Option(
      names = "--target-position",
      paramLabel = "N",
      defaultValue = "-1",
      description = "The token of the other prompt that they replace (${DEFAULT-VALUE}).")
  private int targetPosition;

  @Option(
      names = "--target-layer",
      paramLabel = "LAYER",
      description =
          "After which layer they are put in: from 0, or from -1 backwards. Without it, the one"
              + " that they come from.")
  private @Nullable Integer targetLayer;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many tokens to generate (${DEFAULT-VALUE}).")
  private int newTokens;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  PatchscopeCommand() {}

  @Override
  void check() {
    prompt.check();
    atLeastOne("--max-new-tokens", newTokens);
    if (target.isEmpty()) {
      throw wrong("--target is empty; expected a text that the model reads");
    }
  }

  @Override
  String use() {
    return "no text to go on with";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    Patchscope scope =
        Patchscope.of(language)
            .position(position)
            .targetPosition(targetPosition)
            .maxNewTokens(newTokens);
    if (targetLayer != null) {
      scope = scope.targetLayer(targetLayer);
    }
    return scope.run(prompt.tokens(language, 0), language.tokenizer().encode(target));
  }
}
