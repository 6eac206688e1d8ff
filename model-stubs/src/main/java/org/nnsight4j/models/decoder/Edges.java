package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;

/**
 * Additional parts between ids and the first block, and between the last block and the unembedding.
 *
 * @param places how the embedding of positions differs; null if it does not
 * @param narrow token embeddings whose width differs from the residual stream's; null if it is the
 *     same
 * @param norm the normalisation after the token embeddings; null for none
 */
public record Edges(
    @Nullable Places places, @Nullable Narrow narrow, DecoderSpec.@Nullable Norm norm) {
  /** No additional parts. */
  public static final Edges NONE = new Edges(null, null, null);

  /**
   * An embedding of positions whose first rows are not for positions.
   *
   * @param type Hugging Face's class
   * @param first the row of position 0
   */
  public record Places(String type, int first) {}

  /**
   * Token embeddings, and the unembedding's input, with an axis of their own.
   *
   * @param width how wide they are
   * @param in the projection to the residual stream; null if the widths are equal
   * @param out the projection back; null if the widths are equal
   */
  public record Narrow(int width, @Nullable String in, @Nullable String out) {}
}
