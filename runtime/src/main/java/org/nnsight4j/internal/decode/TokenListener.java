package org.nnsight4j.internal.decode;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.generate.FinishReason;

/** Hears of new tokens as soon as they are chosen; what it throws ends the run. */
public interface TokenListener {
  /** Hears nothing. */
  TokenListener NONE = (sequence, tokens, end) -> {};

  /**
   * A sequence goes on, or ends.
   *
   * @param sequence which of {@link Generated#sequences()}
   * @param tokens what was added to it; nothing if a run was stopped from inside
   * @param end why nothing more will come; null if it may go on
   */
  void chosen(int sequence, long[] tokens, @Nullable FinishReason end);
}
