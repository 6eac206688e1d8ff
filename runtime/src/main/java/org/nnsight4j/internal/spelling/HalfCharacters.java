package org.nnsight4j.internal.spelling;

import java.util.HexFormat;
import java.util.Optional;

/**
 * Unpaired surrogates, which a Java string can contain but no encoding can write: each would become
 * U+FFFD or a question mark on its way to a tokenizer, a file or a server.
 */
public final class HalfCharacters {
  private HalfCharacters() {}

  /** What is wrong with a text, or nothing. */
  public static Optional<String> in(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (!Character.isSurrogate(unit)) {
        continue;
      }
      if (i + 1 < text.length() && Character.isSurrogatePair(unit, text.charAt(i + 1))) {
        i++;
      } else {
        return Optional.of(
            "character %s is \\u%s, half of a surrogate pair, which stands for no character; a text was cut in the middle of one"
                .formatted(i, HexFormat.of().toHexDigits(unit)));
      }
    }
    return Optional.empty();
  }
}
