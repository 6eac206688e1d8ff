package org.nnsight4j;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.tokenizer.TextStream;
import org.nnsight4j.tokenizer.Tokenizer;

/** The tokens of one run as pieces of text. */
final class PieceListener implements TokenListener {
  private final Consumer<? super GeneratedPiece> listener;
  private final @Nullable Tokenizer tokenizer;
  private final Map<Integer, TextStream> texts = new HashMap<>();

  /**
   * @param tokenizer null if the checkpoint has none
   */
  PieceListener(Consumer<? super GeneratedPiece> listener, @Nullable Tokenizer tokenizer) {
    this.listener = listener;
    this.tokenizer = tokenizer;
  }

  @Override
  public void chosen(int sequence, long[] tokens, @Nullable FinishReason end) {
    String text = tokenizer == null ? "" : text(tokenizer, sequence, tokens, end != null);
    listener.accept(new GeneratedPiece(sequence, tokens, text, Optional.ofNullable(end)));
  }

  private String text(Tokenizer read, int sequence, long[] tokens, boolean last) {
    TextStream stream = texts.computeIfAbsent(sequence, any -> read.stream());
    StringBuilder text = new StringBuilder();
    for (long token : tokens) {
      text.append(stream.next(token));
    }
    return (last ? text.append(stream.end()) : text).toString();
  }
}
