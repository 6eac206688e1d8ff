package org.nnsight4j.sweep;

import java.util.Locale;

/** A kind of place that each layer of a decoder has, by TransformerLens's names. */
public enum SweepSite {
  /** The residual stream before a layer; {@code [batch, position, hidden]}. */
  RESID_PRE,

  /**
   * The residual stream between attention and MLP; {@code [batch, position, hidden]}. Layers whose
   * two halves read the same input (Pythia, Phi) have none.
   */
  RESID_MID,

  /** The residual stream after a layer; {@code [batch, position, hidden]}. */
  RESID_POST,

  /** What attention adds to the residual stream; {@code [batch, position, hidden]}. */
  ATTN_OUT,

  /** What the MLP or the experts add to the residual stream; {@code [batch, position, hidden]}. */
  MLP_OUT,

  /**
   * Each head's mixed values, before the output projection; {@code [batch, head, position, dim]}.
   */
  Z,

  /** Queries before rotary positions; {@code [batch, head, position, dim]}. */
  Q,

  /** Keys before rotary positions; {@code [batch, kv head, position, dim]}. */
  K,

  /** Values; {@code [batch, kv head, position, dim]}. */
  V,

  /** How much a query attends to each key; {@code [batch, head, query, key]}. */
  PATTERN;

  /** Whether it has an axis of heads. */
  public boolean hasHeads() {
    return switch (this) {
      case Z, Q, K, V, PATTERN -> true;
      case RESID_PRE, RESID_MID, RESID_POST, ATTN_OUT, MLP_OUT -> false;
    };
  }

  /** Its name, as in {@code resid_pre}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
