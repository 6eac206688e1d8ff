package org.nnsight4j.tokenizer;

import java.util.Objects;

/**
 * Two texts that are one input, as {@code tokenizer(text, text_pair)} of Hugging Face takes them.
 *
 * @param text the first
 * @param pair the second, {@code text_pair} there
 */
public record TextPair(String text, String pair) {
  public TextPair {
    Objects.requireNonNull(text, "the first text of the pair is null");
    Objects.requireNonNull(pair, "the second text of the pair is null");
  }
}
