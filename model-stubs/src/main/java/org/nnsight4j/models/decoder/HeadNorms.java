package org.nnsight4j.models.decoder;

/**
 * Normalisations of queries and keys before rotary positions are applied.
 *
 * @param over what they normalise over
 */
public record HeadNorms(DecoderSpec.Norm query, DecoderSpec.Norm key, Over over) {
  /** What a normalisation works on. */
  public enum Over {
    /** All heads of a position, concatenated, {@code [batch, position, queries]}. */
    ALL,
    /** Each head, {@code [batch, position, head, head_dim]}. */
    EACH_AT_POSITION,
    /** Each head, {@code [batch, head, position, head_dim]}. */
    EACH
  }
}
