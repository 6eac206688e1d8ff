package org.nnsight4j.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.generate.GenerateOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Generation options, with Hugging Face's names and meanings. */
final class GenerationChoices {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many tokens to add at most (${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(
      names = "--min-new-tokens",
      paramLabel = "N",
      description = "How many tokens to add at least.")
  private @Nullable Integer minNewTokens;

  @Option(names = "--num-beams", paramLabel = "N", description = "Beam search with N beams.")
  private @Nullable Integer numBeams;

  @Option(
      names = "--num-return-sequences",
      paramLabel = "N",
      description = "Print N texts; needs beams or sampling.")
  private @Nullable Integer numReturnSequences;

  @Option(names = "--do-sample", description = "Draw tokens instead of taking the most likely.")
  private boolean doSample;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Above 1 draws more freely, below 1 less; with --do-sample.")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Draw from the N most likely tokens; with --do-sample.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "X",
      description = "Draw from the most likely tokens of probability X; with --do-sample.")
  private @Nullable Double topP;

  @Option(names = "--seed", paramLabel = "N", description = "The same seed draws the same tokens.")
  private @Nullable Long seed;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "Above 1 makes tokens that already occurred less likely.")
  private @Nullable Double repetitionPenalty;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End when the new text contains TEXT; may be given several times.")
  private List<String> stop = List.of();

  /**
   * Whether there is one text, without beams.
   *
   * @param beams what the checkpoint says
   * @param sequences what the checkpoint says
   */
  boolean isOneText(int beams, int sequences) {
    return (numBeams == null ? beams : numBeams) == 1
        && (numReturnSequences == null ? sequences : numReturnSequences) == 1;
  }

  int maxNewTokens() {
    return maxNewTokens;
  }

  /**
   * The options of a run.
   *
   * @throws ParameterException if a value is out of range
   */
  GenerateOptions options(CommandSpec spec) {
    try {
      return options();
    } catch (OptionsException e) {
      throw wrong(spec, e);
    }
  }

  static ParameterException wrong(CommandSpec spec, OptionsException mistake) {
    return new ParameterException(spec.commandLine(), ErrorLine.of(mistake), mistake);
  }

  private GenerateOptions options() {
    GenerateOptions options = GenerateOptions.defaults().maxNewTokens(maxNewTokens);
    if (minNewTokens != null) {
      options = options.minNewTokens(minNewTokens);
    }
    if (numBeams != null) {
      options = options.numBeams(numBeams);
    }
    if (numReturnSequences != null) {
      options = options.numReturnSequences(numReturnSequences);
    }
    if (doSample) {
      options = options.doSample();
    }
    if (temperature != null) {
      options = options.temperature(temperature);
    }
    if (topK != null) {
      options = options.topK(topK);
    }
    if (topP != null) {
      options = options.topP(topP);
    }
    if (seed != null) {
      options = options.seed(seed);
    }
    if (repetitionPenalty != null) {
      options = options.repetitionPenalty(repetitionPenalty);
    }
    if (!stop.isEmpty()) {
      options = options.stopStrings(stop.toArray(String[]::new));
    }
    return options;
  }
}
