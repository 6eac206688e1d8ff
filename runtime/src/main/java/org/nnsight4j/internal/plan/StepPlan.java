package org.nnsight4j.internal.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Moments;

/**
 * What happens in one forward pass: the nodes of each site in order, including those inside calls.
 */
public final class StepPlan {
  private static final int NONE = -1;

  private final Map<Integer, int[]> sites = new HashMap<>();
  private final Map<Integer, Map<Integer, int[]>> calls = new HashMap<>();
  private final int lastSite;

  /**
   * Puts the nodes of one step in order.
   *
   * @param edits how many nodes at the front come from edits, which alone do not keep a pass going
   */
  StepPlan(List<Integer> nodes, Moments moments, int edits) {
    List<Integer> sorted = new ArrayList<>(nodes);
    sorted.sort(
        Comparator.comparing(moments::begin, Moment::compareWithinStep)
            .thenComparing(Comparator.naturalOrder()));
    Map<Integer, List<Integer>> own = new HashMap<>();
    Map<Integer, Map<Integer, List<Integer>>> inner = new HashMap<>();
    int last = NONE - 1;
    for (int node : sorted) {
      Moment moment = moments.begin(node);
      if (moment.call() == NONE) {
        own.computeIfAbsent(moment.site(), site -> new ArrayList<>()).add(node);
      } else {
        inner
            .computeIfAbsent(moment.call(), call -> new HashMap<>())
            .computeIfAbsent(moment.siteOfCall(), site -> new ArrayList<>())
            .add(node);
      }
      if (node >= edits) {
        last = Math.max(last, moment.site());
      }
    }
    own.forEach((site, ids) -> sites.put(site, array(ids)));
    inner.forEach(
        (call, bySite) -> {
          Map<Integer, int[]> arrays = new HashMap<>();
          bySite.forEach((site, ids) -> arrays.put(site, array(ids)));
          calls.put(call, arrays);
        });
    this.lastSite = last;
  }

  private static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(id -> id).toArray();
  }

  /** The nodes before the pass, at site -1, or at a site; null if there are none. */
  public int @Nullable [] at(int site) {
    return sites.get(site);
  }

  /** The nodes at a site inside an applied module; null if there are none. */
  public int @Nullable [] inCall(int call, int site) {
    Map<Integer, int[]> bySite = calls.get(call);
    return bySite == null ? null : bySite.get(site);
  }

  /** Whether anything happens inside an applied module. */
  public boolean hasEventsIn(int call) {
    return calls.containsKey(call);
  }

  /** The last site at which something that the user recorded happens; -2 if nothing does. */
  public int lastSite() {
    return lastSite;
  }
}
