package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;

/**
 * Normalisations of what the halves of a block give, before it is added to the residual stream.
 *
 * @param attention null for none
 * @param mlp null for none
 */
public record PostNorms(DecoderSpec.@Nullable Norm attention, DecoderSpec.@Nullable Norm mlp) {
  /** What halves give is added as it is. */
  public static final PostNorms NONE = new PostNorms(null, null);
}
