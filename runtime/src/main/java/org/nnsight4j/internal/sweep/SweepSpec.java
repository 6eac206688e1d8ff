package org.nnsight4j.internal.sweep;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.sweep.SweepSite;

/**
 * A sweep as data. Its graph has three prompts of token ids, each with a row for each pair: the run
 * that is changed, the same without changes, and the other run; what its save nodes compute from
 * the logits of the last position are the metrics.
 *
 * @param layers from 0
 * @param heads one cell for each; null for all heads together
 * @param strengths one cell for each: 0 is no change, 1 the whole
 * @param vector the constant that the action uses; null if it uses none
 * @param maxBytes how many bytes the sweep may take at the same time, beside the weights
 */
public record SweepSpec(
    List<SweepSite> sites,
    List<Integer> layers,
    SweepPositions positions,
    @Nullable List<Integer> heads,
    SweepAction action,
    List<Double> strengths,
    @Nullable Integer vector,
    long maxBytes) {
  /** The steps under which the results of a metric are kept. */
  public static final int BASE = 0;

  public static final int SOURCE = 1;
  public static final int CELLS = 2;

  /** The prompt whose run is changed. */
  public static final int CHANGED = 0;

  public SweepSpec {
    sites = List.copyOf(sites);
    layers = List.copyOf(layers);
    heads = heads == null ? null : List.copyOf(heads);
    strengths = List.copyOf(strengths);
  }

  /** How many heads there are beside each other. */
  public int headSlots() {
    return heads == null ? 1 : heads.size();
  }

  /** The shape of a metric's results: prompt, site, layer, position, head, strength. */
  public long[] shape(int prompts, int longest) {
    return new long[] {
      prompts, sites.size(), layers.size(), positions.slots(longest), headSlots(), strengths.size()
    };
  }
}
