package org.nnsight4j.generate;

import java.util.Objects;
import java.util.Optional;

/**
 * What is new in one sequence while tokens are generated. All pieces of a sequence together have
 * its new tokens and its new text.
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
   * @param finishReason why it has ended; empty if it goes on
   */
  public GeneratedPiece(
      int sequence, long[] newIds, String text, Optional<FinishReason> finishReason) {
    this.sequence = sequence;
    this.newIds = newIds.clone();
    this.text = Objects.requireNonNull(text, "the text is null");
    this.finishReason = Objects.requireNonNull(finishReason, "the finish reason is null");
  }

  /** Which sequence of the run it belongs to, in the order of the output. */
  public int sequence() {
    return sequence;
  }

  /** The tokens since the last piece: one here; several or none from a server, or at an end. */
  public long[] newIds() {
    return newIds.clone();
  }

  /**
   * The text since the last piece. Empty for a special token, for a part of a character, which
   * comes with its last token, and for a checkpoint without a tokenizer.
   */
  public String text() {
    return text;
  }

  /** Why the sequence has ended with this piece; empty if it goes on. */
  public Optional<FinishReason> finishReason() {
    return finishReason;
  }

  @Override
  public String toString() {
    return text;
  }
}
