package org.nnsight4j.internal.decode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.generate.FinishReason;

/**
 * Whether a sequence has ended with its last token, and why. Stop strings are found as by Hugging
 * Face's {@code StopStringCriteria}: in the bytes of prompt and new text, special tokens included,
 * and only if the last token contributes to the end of the string.
 */
final class StopRule {
  private final ResolvedOptions options;
  private final @Nullable LongFunction<byte[]> bytesOfToken;
  private final List<byte[]> stops;
  private final int longest;

  StopRule(ResolvedOptions options, @Nullable LongFunction<byte[]> bytesOfToken) {
    this.options = options;
    this.bytesOfToken = bytesOfToken;
    this.stops =
        options.stopStrings().stream().map(stop -> stop.getBytes(StandardCharsets.UTF_8)).toList();
    this.longest = stops.stream().mapToInt(stop -> stop.length).max().orElse(0);
    if (!options.stopStrings().isEmpty() && bytesOfToken == null) {
      throw new OptionsException(
          "stopStrings=%s needs a tokenizer to turn tokens into text, and this model has none: remove stopStrings or add tokenizer.json to the model directory"
              .formatted(options.stopStrings()));
    }
  }

  @Nullable FinishReason check(TokenSequence tokens) {
    if (options.isEos(tokens.at(tokens.length() - 1))) {
      return FinishReason.EOS;
    }
    if (bytesOfToken != null && !stops.isEmpty() && hasStopString(bytesOfToken, tokens)) {
      return FinishReason.STOP_STRING;
    }
    return tokens.newLength() >= options.maxNewTokens() ? FinishReason.LENGTH : null;
  }

  private boolean hasStopString(LongFunction<byte[]> bytes, TokenSequence tokens) {
    byte[] last = bytes.apply(tokens.last());
    Deque<byte[]> before = new ArrayDeque<>();
    int length = 0;
    // A stop string cannot reach further back; Hugging Face looks at no more tokens than the string
    // has bytes.
    for (int i = tokens.length() - 2; i > tokens.length() - 1 - longest && i >= 0; i--) {
      if (length >= longest - 1) {
        break;
      }
      byte[] token = bytes.apply(tokens.at(i));
      before.addFirst(token);
      length += token.length;
    }
    byte[] text = new byte[length + last.length];
    int end = 0;
    for (byte[] token : before) {
      System.arraycopy(token, 0, text, end, token.length);
      end += token.length;
    }
    System.arraycopy(last, 0, text, end, last.length);
    for (byte[] stop : stops) {
      if (endsAfter(text, stop, length)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a text contains a part that ends after an index. */
  private static boolean endsAfter(byte[] text, byte[] part, int place) {
    for (int begin = Math.max(0, place + 1 - part.length);
        begin + part.length <= text.length;
        begin++) {
      int same = 0;
      while (same < part.length && text[begin + same] == part[same]) {
        same++;
      }
      if (same == part.length) {
        return true;
      }
    }
    return false;
  }
}
