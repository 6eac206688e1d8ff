package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;

/**
 * Normalisations of the outputs of a block's halves, before they are added to the residual stream.
 *
 * @param attention the normalisation after attention; null for none
 * @param mlp the normalisation after the MLP; null for none
 */
public record PostNorms(DecoderSpec.@Nullable Norm attention, DecoderSpec.@Nullable Norm mlp) {
  /** The outputs of the halves are added without normalisation. */
  public static final PostNorms NONE = new PostNorms(null, null);
}
