package org.nnsight4j.internal.decode;

import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.OptionsException;

/**
 * The decoding loop: asks a model for logits, chooses tokens, and knows when to stop.
 *
 * <p>Tokens and scores are those of Hugging Face's {@code generate}, with these intended
 * differences. A row sees only its own tokens, never padding, and stops only for its own reasons,
 * so each row of a batch equals its own run. A row that has ended is no longer sent to the model.
 * Ended beams are filled with the pad token even if that token is 0. Random draws are our own.
 */
public final class Generation {
  private Generation() {}

  /**
   * Generates until every row has ended.
   *
   * @param prompts the tokens of each row, without padding
   * @param bytesOfToken what each token adds to a text, in UTF-8; needed only with stop strings
   * @param listener hears of new tokens, except with beams, which change theirs until the end
   * @throws OptionsException if stop strings are used without what they need
   */
  public static Generated run(
      List<long[]> prompts,
      NextToken model,
      ResolvedOptions options,
      @Nullable LongFunction<byte[]> bytesOfToken,
      TokenListener listener) {
    for (int row = 0; row < prompts.size(); row++) {
      if (prompts.get(row).length == 0) {
        throw new OptionsException(
            "expected at least one token in each prompt, found none in row %s".formatted(row));
      }
    }
    if (prompts.isEmpty()) {
      throw new OptionsException("expected at least one prompt, found none");
    }
    StopRule stop = new StopRule(options, bytesOfToken);
    refuseRaggedRows(prompts.size(), options);
    NextToken checked = new CheckedModel(model, prompts.size());
    long seed = options.seed().orElseGet(() -> new SplittableRandom().nextLong());
    var rows =
        options.numBeams() > 1
            ? new BeamDecoder(prompts, checked, options, stop, seed).run()
            : new RowDecoder(prompts, checked, options, stop, seed, listener).run();
    return new Generated(
        rows,
        options.padTokenId(),
        options.doSample() ? OptionalLong.of(seed) : OptionalLong.empty());
  }

  /** Without end-of-sequence tokens, only stop strings give rows different lengths. */
  private static void refuseRaggedRows(int prompts, ResolvedOptions options) {
    boolean several = prompts > 1 || options.numReturnSequences() > 1;
    if (several && !options.stopStrings().isEmpty() && options.padTokenId().isEmpty()) {
      throw new OptionsException(
          "stopStrings=%s may end rows at different lengths, and there is neither padTokenId nor eosTokenId to fill them with: set padTokenId"
              .formatted(options.stopStrings()));
    }
  }
}
