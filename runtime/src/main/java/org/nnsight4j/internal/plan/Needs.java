package org.nnsight4j.internal.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.SiteScope;

/** Which nodes are needed, and how many readers each value has. */
final class Needs {
  private final Graph graph;
  private final Blocks blocks;
  private final boolean[] needed;
  private final int[] uses;
  private final Map<Integer, List<Node.Write>> writesInCalls = new HashMap<>();
  private final Map<Integer, Node.Next> nexts = new HashMap<>();

  Needs(Graph graph, Blocks blocks) {
    this.graph = graph;
    this.blocks = blocks;
    this.needed = new boolean[graph.nodes().size()];
    this.uses = new int[needed.length];
    Deque<Integer> open = new ArrayDeque<>();
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Write write && write.scope() instanceof SiteScope.Inside inside) {
        writesInCalls.computeIfAbsent(inside.node(), call -> new ArrayList<>()).add(write);
      } else if (node instanceof Node.Next next) {
        nexts.put(next.carry(), next);
      } else if (node.hasEffect()) {
        open.add(node.id());
      }
    }
    while (!open.isEmpty()) {
      int id = open.pop();
      if (!needed[id]) {
        needed[id] = true;
        open.addAll(dependencies(graph.node(id)));
      }
    }
    for (Node node : graph.nodes()) {
      if (needed[node.id()]) {
        node.needs().forEach(need -> uses[need]++);
      }
    }
  }

  private List<Integer> dependencies(Node node) {
    List<Integer> dependencies = new ArrayList<>(node.needs());
    for (ControlBlock.Branch branch : blocks.branches(node.id())) {
      dependencies.add(branch.condition());
    }
    if (node instanceof Node.Read read && read.scope() instanceof SiteScope.Inside inside) {
      dependencies.add(inside.node());
    } else if (node instanceof Node.Carry carry && nexts.get(carry.id()) != null) {
      dependencies.add(nexts.get(carry.id()).id());
    }
    writesInCalls.getOrDefault(node.id(), List.of()).forEach(write -> dependencies.add(write.id()));
    return dependencies;
  }

  boolean[] needed() {
    return needed;
  }

  int[] uses() {
    return uses;
  }
}
