package org.nnsight4j.family;

/** What a model can do with its tokens. */
public enum ModelKind {
  /** Each position sees those before it, so that a text can be continued. */
  DECODER,
  /**
   * Each position sees all others. Nothing can be continued: there are traces, and neither a cache
   * nor {@code generate}.
   */
  ENCODER
}
