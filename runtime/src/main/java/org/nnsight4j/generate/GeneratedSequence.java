package org.nnsight4j.generate;

import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * One finished sequence.
 *
 * @param ids prompt and new tokens, without padding
 * @param promptLength how many of them belong to the prompt
 * @param finishReason why it ended
 * @param score the sum of its log probabilities divided by its length to the power of the length
 *     penalty (Hugging Face's {@code sequences_scores}); only with beams
 */
@SuppressWarnings("ArrayRecordComponent") // Arrays are copied in and out, and compared by content.
public record GeneratedSequence(
    long[] ids, int promptLength, FinishReason finishReason, OptionalDouble score) {
  public GeneratedSequence {
    ids = ids.clone();
  }

  @Override
  public long[] ids() {
    return ids.clone();
  }

  /** The tokens after the prompt, an end-of-sequence token included. */
  public long[] newIds() {
    return Arrays.copyOfRange(ids, promptLength, ids.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GeneratedSequence sequence
        && Arrays.equals(ids, sequence.ids)
        && promptLength == sequence.promptLength
        && finishReason == sequence.finishReason
        && score.equals(sequence.score);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(ids), promptLength, finishReason, score);
  }

  @Override
  public String toString() {
    return Arrays.toString(ids) + " " + finishReason;
  }
}
