package org.nnsight4j.cli;

import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.probe.LinearProbes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j probe}: linear probes of the residual stream. */
@Command(
    name = "probe",
    description =
        "Fits linear probes after each layer that tell two kinds of texts apart, and shows how well"
            + " they do on texts that they have not seen, beside probes of shuffled labels.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ProbeCommand extends AnalysisCommand {
  @Mixin private PairsChoice texts;

  @Mixin private LayersChoice layers;

  @Option(
      names = "--positions",
      paramLabel = "N[,N...]",
      split = ",",
      defaultValue = "-1",
      hideParamSyntax = true,
      description = "Tokens to read: from 0, or from -1 backwards (${DEFAULT-VALUE}).")
  private List<Integer> positions;

  @Option(
      names = "--folds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Into how many parts the texts are dealt (${DEFAULT-VALUE}).")
  private int folds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The seed of the parts and of the shuffled labels (${DEFAULT-VALUE}).")
  private long seed;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  ProbeCommand() {}

  @Override
  void check() {
    texts.check();
    if (folds < 2) {
      throw wrong("--folds is %s; it must be at least 2".formatted(folds));
    }
  }

  @Override
  String use() {
    return "no residual stream to probe";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    LinearProbes probes =
        LinearProbes.of(language)
            .positions(positions.stream().mapToInt(each -> each).toArray())
            .folds(folds)
            .seed(seed)
            .progress(progress);
    probes = layers.of(probes, probes::layers);
    return probes.run(texts.positive(), texts.negative());
  }
}
