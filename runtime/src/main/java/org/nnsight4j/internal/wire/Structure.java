package org.nnsight4j.internal.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.op.OpTable;

/** Whether the parts of a graph that was read fit together, before anybody relies on it. */
final class Structure {
  private final String where;
  private final Graph graph;
  private final Blocks blocks;
  private final Set<Integer> carries = new HashSet<>();

  Structure(String where, Graph graph) {
    this.where = where;
    this.graph = graph;
    this.blocks = new Blocks(graph.blocks());
  }

  void check() {
    int size = graph.nodes().size();
    require(graph.edits() <= size, "edits", "there are only %s nodes".formatted(size));
    for (Prompt prompt : graph.prompts()) {
      boolean empty =
          prompt.rows() == 0 && (prompt instanceof Prompt.Texts || prompt instanceof Prompt.Ids);
      require(!empty, "prompts", "a prompt has no rows");
    }
    Deque<ControlBlock> open = new ArrayDeque<>();
    for (ControlBlock block : blocks.inOrder()) {
      check(block, open);
    }
    graph.nodes().forEach(this::check);
  }

  /** Checks a block, given those around it, or some that ended before. */
  private void check(ControlBlock block, Deque<ControlBlock> open) {
    String name = "block " + block.begin() + " to " + block.end();
    require(block.end() <= graph.nodes().size(), name, "it ends behind the last node");
    while (!open.isEmpty() && open.getLast().end() <= block.begin()) {
      open.removeLast();
    }
    require(
        open.isEmpty() || block.end() <= open.getLast().end(),
        name,
        "it is neither inside another block nor apart from it");
    require(
        !(block instanceof ControlBlock.Steps)
            || open.stream().noneMatch(ControlBlock.Steps.class::isInstance),
        name,
        "a loop over steps cannot be inside another");
    open.addLast(block);
    if (block instanceof ControlBlock.Branch branch) {
      require(branch.condition() < block.begin(), name, "its condition comes later");
      require(
          branch.condition() >= 0 && hasValue(graph.node(branch.condition())),
          name,
          "its condition has no value");
      List<ControlBlock> around = blocks.around(block.begin());
      require(
          around.containsAll(blocks.around(branch.condition())),
          name,
          "its condition is inside another loop or branch");
    } else if (block instanceof ControlBlock.Steps steps) {
      require(steps.from() < steps.to(), name, "it has no steps");
    }
  }

  private void check(Node node) {
    String name = "node " + node.id();
    for (int need : node.needs()) {
      require(
          need >= 0 && need < node.id(),
          name,
          "it needs node %s, which is not before it".formatted(need));
      require(hasValue(graph.node(need)), name, "node %s has no value".formatted(need));
      checkVisible(node, need, name);
    }
    int invoker = invoker(node);
    require(invoker < graph.prompts().size(), name, "there is no prompt %s".formatted(invoker));
    if (node instanceof Node.Read read) {
      checkCall(read.call(), node, name);
      checkStep(read.step(), node, name);
    } else if (node instanceof Node.Write write) {
      checkCall(write.call(), node, name);
      checkStep(write.step(), node, name);
    } else if (node instanceof Node.Skip skip) {
      checkStep(skip.step(), node, name);
    } else if (node instanceof Node.Positions positions) {
      checkStep(positions.step(), node, name);
    } else if (node instanceof Node.Stop stop) {
      require(stop.after() < node.id(), name, "it stops after a node that comes later");
    } else if (node instanceof Node.Next next) {
      checkKind(next.carry(), node, name, Node.Carry.class);
      require(
          blocks.loop(next.carry()) == blocks.loop(next.id()),
          name,
          "its carry is in another loop");
      require(carries.add(next.carry()), name, "its carry has another next");
    } else if (node instanceof Node.LoopResult result) {
      checkKind(result.carry(), node, name, Node.Carry.class);
    } else if (node instanceof Node.Call call) {
      checkOperation(call, name);
    } else if (node instanceof Node.Carry || node instanceof Node.StepIndex) {
      require(blocks.loop(node.id()) != null, name, "it is in no loop over steps");
    }
  }

  private static boolean hasValue(Node node) {
    return !(node instanceof Node.Write
        || node instanceof Node.Skip
        || node instanceof Node.Stop
        || node instanceof Node.GradientWrite
        || node instanceof Node.Next
        || node instanceof Node.Save);
  }

  /** What is inside a loop or branch cannot be seen from outside, but for its results. */
  private void checkVisible(Node node, int need, String name) {
    if (node instanceof Node.Merge merge && need != merge.condition()) {
      boolean expected = need == merge.whenTrue();
      boolean own =
          blocks.branches(need).stream()
              .anyMatch(
                  branch ->
                      branch.condition() == merge.condition() && branch.expected() == expected);
      if (own) {
        return;
      }
    } else if (node instanceof Node.LoopResult result && need == result.carry()) {
      return;
    }
    Set<ControlBlock> around = Set.copyOf(blocks.around(node.id()));
    List<ControlBlock> hidden =
        blocks.around(need).stream().filter(block -> !around.contains(block)).toList();
    require(
        hidden.isEmpty() || need < graph.edits(),
        name,
        "it needs node %s, which is inside a loop or branch".formatted(need));
  }

  private void checkCall(int call, Node node, String name) {
    if (call == Node.OWN_PASS) {
      return;
    }
    require(call < node.id(), name, "its call comes later");
    Node called = graph.node(call);
    require(
        called instanceof Node.Apply || called instanceof Node.Point,
        name,
        "node %s is no call".formatted(call));
  }

  private void checkStep(int step, Node node, String name) {
    boolean inLoop = blocks.loop(node.id()) != null;
    require(step != Node.EACH_STEP || inLoop, name, "it is of each step, but in no loop");
  }

  private void checkKind(int id, Node node, String name, Class<? extends Node> kind) {
    require(
        id >= 0 && id < node.id() && kind.isInstance(graph.node(id)),
        name,
        "node %s is no %s".formatted(id, kind.getSimpleName().toLowerCase(Locale.ROOT)));
  }

  private void checkOperation(Node.Call call, String name) {
    try {
      OpTable.get(call.op()).checkArgs(call.args());
    } catch (ShapeException e) {
      throw new SerializationException("%s: %s: %s".formatted(where, name, e.getMessage()), e);
    }
  }

  private static int invoker(Node node) {
    if (node instanceof Node.Read read) {
      return read.invoker();
    } else if (node instanceof Node.Write write) {
      return write.invoker();
    } else if (node instanceof Node.Skip skip) {
      return skip.invoker();
    } else if (node instanceof Node.Apply apply) {
      return apply.invoker();
    } else if (node instanceof Node.Point point) {
      return point.invoker();
    } else if (node instanceof Node.Positions positions) {
      return positions.invoker();
    }
    return Node.NOBODY;
  }

  private void require(boolean holds, String name, String problem) {
    if (!holds) {
      throw new SerializationException("%s: %s: %s".formatted(where, name, problem));
    }
  }
}
