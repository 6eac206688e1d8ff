package org.nnsight4j.internal.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which blocks each node of a graph is in. */
public final class Blocks {
  /** Sorted by their begin, an outer block before those inside it. */
  private final ControlBlock[] sorted;

  /** For each block the index of the next one around it, or -1. */
  private final int[] outer;

  public Blocks(List<ControlBlock> blocks) {
    this.sorted = blocks.toArray(ControlBlock[]::new);
    Arrays.sort(
        sorted,
        (a, b) ->
            a.begin() != b.begin()
                ? Integer.compare(a.begin(), b.begin())
                : Integer.compare(b.end(), a.end()));
    this.outer = new int[sorted.length];
    Deque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < sorted.length; i++) {
      while (!open.isEmpty() && sorted[open.getLast()].end() <= sorted[i].begin()) {
        open.removeLast();
      }
      outer[i] = open.isEmpty() ? -1 : open.getLast();
      open.addLast(i);
    }
  }

  /** The largest nesting depth. */
  public int depth() {
    int[] depths = new int[sorted.length];
    int deepest = 0;
    for (int i = 0; i < sorted.length; i++) {
      depths[i] = outer[i] < 0 ? 1 : depths[outer[i]] + 1;
      deepest = Math.max(deepest, depths[i]);
    }
    return deepest;
  }

  /** The blocks in order, an outer block before those inside it. */
  public List<ControlBlock> inOrder() {
    return List.of(sorted);
  }

  /** The blocks around a node, the outermost first. */
  public List<ControlBlock> around(int node) {
    List<ControlBlock> around = new ArrayList<>();
    for (int i = lastBegun(node); i >= 0; i = outer[i]) {
      if (sorted[i].contains(node)) {
        around.add(sorted[i]);
      }
    }
    Collections.reverse(around);
    return around;
  }

  /**
   * The last block that begins at or before a node; every block around the node is that one or
   * around it.
   */
  private int lastBegun(int node) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle].begin() <= node) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** The loop over steps around a node, or null. */
  public ControlBlock.@Nullable Steps loop(int node) {
    return loop(around(node));
  }

  /** Whether what is inside these blocks, the outermost first, happens in every run. */
  public static boolean isWholeRun(List<ControlBlock> around) {
    return around.stream()
        .allMatch(
            block ->
                block instanceof ControlBlock.Steps steps
                    && steps.from() == 0
                    && steps.to() == ControlBlock.Steps.OPEN);
  }

  static ControlBlock.@Nullable Steps loop(List<ControlBlock> around) {
    for (ControlBlock block : around) {
      if (block instanceof ControlBlock.Steps steps) {
        return steps;
      }
    }
    return null;
  }

  /** The branches around a node, the outermost first. */
  public List<ControlBlock.Branch> branches(int node) {
    return around(node).stream()
        .filter(ControlBlock.Branch.class::isInstance)
        .map(ControlBlock.Branch.class::cast)
        .toList();
  }
}
