package org.nnsight4j.models.decoder;

/**
 * Normalisations of queries and keys before positions turn them.
 *
 * @param over what they see
 */
public record HeadNorms(DecoderSpec.Norm query, DecoderSpec.Norm key, Over over) {
  /** What a normalisation sees. */
  public enum Over {
    /** All heads of a position beside each other, {@code [batch, position, queries]}. */
    ALL,
    /** Each head, {@code [batch, position, head, head_dim]}. */
    EACH_AT_POSITION,
    /** Each head, {@code [batch, head, position, head_dim]}. */
    EACH
  }
}
