package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;

/**
 * What else lies between ids and the first block, and between the last one and the unembedding.
 *
 * @param places how the embedding of positions differs; null if it does not
 * @param narrow token embeddings of another width than the residual stream; null if they have it
 * @param norm after the token embeddings; null for none
 */
public record Edges(
    @Nullable Places places, @Nullable Narrow narrow, DecoderSpec.@Nullable Norm norm) {
  /** Nothing of it. */
  public static final Edges NONE = new Edges(null, null, null);

  /**
   * An embedding of positions that has other rows before those of positions.
   *
   * @param type Hugging Face's class
   * @param first the row of position 0
   */
  public record Places(String type, int first) {}

  /**
   * Token embeddings, and what the unembedding reads, with an axis of their own.
   *
   * @param width how wide they are
   * @param in the projection to the residual stream; null if both are of one width
   * @param out the projection back; null if both are of one width
   */
  public record Narrow(int width, @Nullable String in, @Nullable String out) {}
}
