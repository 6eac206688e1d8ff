package org.nnsight4j.graph;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which blocks each node of a graph is in. */
public final class Blocks {
  private final List<Block> blocks;

  public Blocks(List<Block> blocks) {
    this.blocks = List.copyOf(blocks);
  }

  /** The blocks around a node, the outermost first. */
  public List<Block> around(int node) {
    List<Block> around = new ArrayList<>();
    for (Block block : blocks) {
      if (block.contains(node)) {
        around.add(block);
      }
    }
    around.sort((a, b) -> a.begin() != b.begin() ? a.begin() - b.begin() : b.end() - a.end());
    return around;
  }

  /** The loop over steps around a node, or null. */
  public Block.@Nullable Steps loop(int node) {
    return loop(around(node));
  }

  static Block.@Nullable Steps loop(List<Block> around) {
    for (Block block : around) {
      if (block instanceof Block.Steps steps) {
        return steps;
      }
    }
    return null;
  }

  /** The branches around a node, the outermost first. */
  public List<Block.Branch> branches(int node) {
    return around(node).stream()
        .filter(Block.Branch.class::isInstance)
        .map(Block.Branch.class::cast)
        .toList();
  }
}
