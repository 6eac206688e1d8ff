package org.nnsight4j.generate;

import java.util.Objects;
import java.util.Optional;

/**
 * The new tokens and text of one sequence since its last piece. All pieces of a sequence together
 * are its new tokens and its new text.
 */
public final class GeneratedPiece {
  private final int sequence;
  private final long[] newIds;
  private final String text;
  private final Optional<FinishReason> finishReason;

  /**
   * @param sequence which sequence of the run, counted from 0
   * @param newIds its tokens since the last piece
   * @param text its text since the last piece
   * @param finishReason why it ended; empty if it continues
   */
  public GeneratedPiece(
      int sequence, long[] newIds, String text, Optional<FinishReason> finishReason) {
    this.sequence = sequence;
    this.newIds = newIds.clone();
    this.text = Objects.requireNonNull(text, "the text is null");
    this.finishReason = Objects.requireNonNull(finishReason, "the finish reason is null");
  }

  /** The sequence to which it belongs, in the order of the output. */
  public int sequence() {
    return sequence;
  }

  /**
   * The tokens since the last piece: one in a local run; several or none from a server or at the
   * end.
   */
  public long[] newIds() {
    return newIds.clone();
  }

  /**
   * The text since the last piece. It is empty for a special token, for a part of a character (the
   * character comes with its last token), and if the checkpoint has no tokenizer.
   */
  public String text() {
    return text;
  }

  /** Why the sequence ended with this piece; empty if it continues. */
  public Optional<FinishReason> finishReason() {
    return finishReason;
  }

  @Override
  public String toString() {
    return text;
  }
}
