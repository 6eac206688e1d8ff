package org.nnsight4j.tokenizer;

import java.util.Objects;

/**
 * Two texts as one input, like Hugging Face's {@code tokenizer(text, text_pair)}.
 *
 * @param text the first text
 * @param pair the second text, {@code text_pair} in Hugging Face
 */
public record TextPair(String text, String pair) {
  public TextPair {
    Objects.requireNonNull(text, "the first text of the pair is null");
    Objects.requireNonNull(pair, "the second text of the pair is null");
  }
}
