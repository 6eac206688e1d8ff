package org.nnsight4j.cli;

import java.util.List;
import java.util.Locale;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.patching.CausalTracing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j causal-trace}: causal tracing, as in ROME. */
@Command(
    name = "causal-trace",
    description =
        "Causal tracing (ROME): noise on the embeddings of a subject makes the model forget the"
            + " answer; shows which restored values bring it back.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CausalTraceCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;
  @Mixin private ProbabilityChoice answer;

  @Option(
      names = "--subject",
      paramLabel = "N[,N...]",
      split = ",",
      required = true,
      hideParamSyntax = true,
      description =
          "The positions whose embeddings get noise: from 0, or from -1 backwards; the tokens are"
              + " numbered in the table.")
  private List<Integer> subject;

  @Option(
      names = "--restore",
      paramLabel = "NAME",
      defaultValue = "stream",
      description =
          "What is restored: stream, the residual stream after one layer; attention or mlp, what"
              + " these add in a window of layers (${DEFAULT-VALUE}).")
  private String restore;

  @Option(
      names = "--level",
      paramLabel = "FACTOR",
      defaultValue = "3",
      description =
          "How strong the noise is, in standard deviations of the prompt's embeddings"
              + " (${DEFAULT-VALUE}).")
  private double level;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many samples of noise (${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How many layers are restored together, for attention and mlp (${DEFAULT-VALUE}).")
  private int window;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The seed of the noise (${DEFAULT-VALUE}).")
  private long seed;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  CausalTraceCommand() {}

  @Override
  void check() {
    prompt.check();
    var unused = wanted();
    if (!(level >= 0) || Double.isInfinite(level)) {
      throw wrong("--level is %s; it must be at least 0".formatted(level));
    }
    atLeastOne("--samples", samples);
    atLeastOne("--window", window);
  }

  private CausalTracing.Restored wanted() {
    return switch (restore.toLowerCase(Locale.ROOT)) {
      case "stream" -> CausalTracing.Restored.STREAM;
      case "attention" -> CausalTracing.Restored.ATTENTION;
      case "mlp" -> CausalTracing.Restored.MLP;
      default ->
          throw wrong(
              "--restore: expected stream, attention or mlp, found '%s'".formatted(restore));
    };
  }

  @Override
  String use() {
    return "no next token to trace";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) {
    long[] tokens = prompt.tokens(language, 0);
    return CausalTracing.of(language)
        .answer(answer.of(language))
        .subject(subject.stream().mapToInt(each -> each).toArray())
        .restore(wanted())
        .level(level)
        .samples(samples)
        .window(window)
        .seed(seed)
        .progress(progress)
        .run(tokens);
  }
}
