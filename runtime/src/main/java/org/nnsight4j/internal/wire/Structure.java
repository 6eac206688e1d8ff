package org.nnsight4j.internal.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.NodeVisitor;
import org.nnsight4j.internal.graph.Owner;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.op.OpTable;

/** Checks that the parts of a graph that was read fit together, before anything relies on it. */
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
          prompt.rows() == 0
              && !(prompt instanceof Prompt.Whole)
              && !(prompt instanceof Prompt.Open);
      require(!empty, "prompts", "a prompt has no rows");
    }
    Deque<ControlBlock> open = new ArrayDeque<>();
    for (ControlBlock block : blocks.inOrder()) {
      check(block, open);
    }
    graph.nodes().forEach(this::check);
  }

  /** Checks a block, given the blocks around it, and some that ended before. */
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
          branch.condition() >= 0 && graph.node(branch.condition()).hasValue(),
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
      require(graph.node(need).hasValue(), name, "node %s has no value".formatted(need));
      checkVisible(node, need, name);
    }
    if (node.owner() instanceof Owner.OfInvoker owner) {
      int invoker = owner.number();
      require(invoker < graph.prompts().size(), name, "there is no prompt %s".formatted(invoker));
    }
    if (node instanceof Node.SiteAccess access
        && access.scope() instanceof SiteScope.Inside inside) {
      checkCall(inside.node(), node, name);
    }
    if (node instanceof Node.Stepped stepped && stepped.step().isEach()) {
      require(blocks.loop(node.id()) != null, name, "it is of each step, but in no loop");
    }
    String problem = node.accept(new OwnRules());
    require(problem.isEmpty(), name, problem);
  }

  /** What is wrong with one node by the rules of its own kind; empty if nothing is. */
  private final class OwnRules implements NodeVisitor<String> {
    private static final String RIGHT = "";

    @Override
    public String stop(Node.Stop node) {
      return node.after() < node.id() ? RIGHT : "it stops after a node that comes later";
    }

    @Override
    public String next(Node.Next node) {
      if (!isCarry(node.carry(), node)) {
        return noCarry(node.carry());
      }
      if (blocks.loop(node.carry()) != blocks.loop(node.id())) {
        return "its carry is in another loop";
      }
      return carries.add(node.carry()) ? RIGHT : "its carry has another next";
    }

    @Override
    public String loopResult(Node.LoopResult node) {
      return isCarry(node.carry(), node) ? RIGHT : noCarry(node.carry());
    }

    private boolean isCarry(int id, Node user) {
      return id >= 0 && id < user.id() && graph.node(id) instanceof Node.Carry;
    }

    private String noCarry(int id) {
      return "node %s is no carry".formatted(id);
    }

    @Override
    public String carry(Node.Carry node) {
      return inLoop(node);
    }

    @Override
    public String stepIndex(Node.StepIndex node) {
      return inLoop(node);
    }

    private String inLoop(Node node) {
      return blocks.loop(node.id()) != null ? RIGHT : "it is in no loop over steps";
    }

    @Override
    public String call(Node.Call node) {
      try {
        OpTable.get(node.op()).checkArgs(node.args());
        return RIGHT;
      } catch (ShapeException e) {
        return String.valueOf(e.getMessage());
      }
    }

    @Override
    public String read(Node.Read node) {
      return RIGHT;
    }

    @Override
    public String write(Node.Write node) {
      return RIGHT;
    }

    @Override
    public String skip(Node.Skip node) {
      return RIGHT;
    }

    @Override
    public String apply(Node.Apply node) {
      return RIGHT;
    }

    @Override
    public String point(Node.Point node) {
      return RIGHT;
    }

    @Override
    public String constant(Node.Constant node) {
      return RIGHT;
    }

    @Override
    public String parameter(Node.Parameter node) {
      return RIGHT;
    }

    @Override
    public String parameterWrite(Node.ParameterWrite node) {
      return Blocks.isWholeRun(blocks.around(node.id()))
          ? RIGHT
          : "it is inside a branch, or a loop over some steps";
    }

    @Override
    public String bridge(Node.Bridge node) {
      return RIGHT;
    }

    @Override
    public String positions(Node.Positions node) {
      return RIGHT;
    }

    @Override
    public String gradient(Node.Gradient node) {
      return RIGHT;
    }

    @Override
    public String gradientWrite(Node.GradientWrite node) {
      return RIGHT;
    }

    @Override
    public String merge(Node.Merge node) {
      return RIGHT;
    }

    @Override
    public String hostCall(Node.HostCall node) {
      return RIGHT;
    }

    @Override
    public String save(Node.Save node) {
      return RIGHT;
    }
  }

  /** Checks that nodes inside a loop or branch are not used from outside, except its results. */
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
    require(call < node.id(), name, "its call comes later");
    Node called = graph.node(call);
    require(
        called instanceof Node.Apply || called instanceof Node.Point,
        name,
        "node %s is no call".formatted(call));
  }

  private void require(boolean holds, String name, String problem) {
    if (!holds) {
      throw new SerializationException("%s: %s: %s".formatted(where, name, problem));
    }
  }
}
