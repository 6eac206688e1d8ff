package org.nnsight4j.internal.decode;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.generate.FinishReason;

/** Whether a sequence has ended with its last token, and why. */
final class StopRule {
  private final ResolvedOptions options;
  private final @Nullable Function<long[], String> detokenize;

  StopRule(ResolvedOptions options, @Nullable Function<long[], String> detokenize) {
    this.options = options;
    this.detokenize = detokenize;
    if (!options.stopStrings().isEmpty() && detokenize == null) {
      throw new OptionsException(
          "stopStrings=%s needs a tokenizer to turn tokens into text, and this model has none: remove stopStrings or add tokenizer.json to the model directory"
              .formatted(options.stopStrings()));
    }
  }

  @Nullable FinishReason check(TokenSequence tokens) {
    if (options.isEos(tokens.at(tokens.length() - 1))) {
      return FinishReason.EOS;
    }
    if (hasStopString(tokens)) {
      return FinishReason.STOP_STRING;
    }
    return tokens.newLength() >= options.maxNewTokens() ? FinishReason.LENGTH : null;
  }

  private boolean hasStopString(TokenSequence tokens) {
    if (detokenize == null || options.stopStrings().isEmpty()) {
      return false;
    }
    String text = detokenize.apply(tokens.newIds());
    return options.stopStrings().stream().anyMatch(text::contains);
  }
}
