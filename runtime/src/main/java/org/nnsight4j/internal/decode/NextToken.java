package org.nnsight4j.internal.decode;

/**
 * The model as the decoding loop sees it.
 *
 * <p>Each row of a result is the logits of the last position over the vocabulary. The arrays then
 * belong to the loop, which writes into them.
 */
public interface NextToken {
  /** Runs the prompts: one row of logits for each prompt, in order. */
  float[][] first();

  /**
   * Runs one more token. Row {@code i} continues row {@code rows[i]} of the previous call with
   * {@code tokens[i]}: rows may be repeated (beams, several sequences for one prompt), reordered,
   * and left out (they have ended). A key-value cache is reordered in the same way.
   */
  float[][] next(int[] rows, long[] tokens);
}
