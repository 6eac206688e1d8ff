package org.nnsight4j.internal.sweep;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.sweep.SweepSite;

/**
 * One place of one layer.
 *
 * @param site where it is read and written
 * @param beside what has to be added to the site to have the place's value, because no module
 *     outputs it; null for nothing
 * @param sign 1 if it is added, -1 if it is subtracted
 * @param stage the first block that has to run again; the number of blocks if none has
 * @param heads how many heads it has; 0 for none
 * @param width the length of its last axis; 0 if that is the keys
 */
public record Place(
    SweepSite kind,
    int layer,
    SiteKey site,
    @Nullable SiteKey beside,
    int sign,
    int stage,
    int heads,
    int width) {
  /** Whether it is the residual stream between blocks. */
  public boolean isStream() {
    return kind == SweepSite.RESID_PRE || kind == SweepSite.RESID_POST;
  }

  /** Whether later positions of the same block see it. */
  boolean isSeenLater() {
    return switch (kind) {
      case RESID_PRE, RESID_POST, K, V -> true;
      case RESID_MID, ATTN_OUT, MLP_OUT, Z, Q, PATTERN -> false;
    };
  }

  /** The axis of positions. */
  public int positionAxis() {
    return heads > 0 ? 2 : 1;
  }
}
