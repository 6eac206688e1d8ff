package org.nnsight4j.internal.graph;

import java.util.List;
import org.nnsight4j.internal.op.Arg;

/** The nodes of one graph with other numbers, to stand in another. */
final class Splice {
  private final Graph graph;
  private final int nodes;
  private final int invokers;

  /**
   * A graph to be put into another.
   *
   * @param nodes how many nodes stand before it
   * @param invokers how many invokers stand before it
   */
  Splice(Graph graph, int nodes, int invokers) {
    this.graph = graph;
    this.nodes = nodes;
    this.invokers = invokers;
  }

  List<ControlBlock> blocks() {
    return graph.blocks().stream().map(this::moved).toList();
  }

  List<Node> nodes() {
    return graph.nodes().stream().map(this::moved).toList();
  }

  private ControlBlock moved(ControlBlock block) {
    int begin = block.begin() + nodes;
    int end = block.end() + nodes;
    if (block instanceof ControlBlock.Branch branch) {
      return new ControlBlock.Branch(
          begin, end, branch.condition() + nodes, branch.expected(), branch.line());
    }
    ControlBlock.Steps steps = (ControlBlock.Steps) block;
    return new ControlBlock.Steps(begin, end, steps.from(), steps.to(), steps.line());
  }

  private Node moved(Node node) {
    int id = node.id() + nodes;
    if (node instanceof Node.Read n) {
      return new Node.Read(
          id, n.invoker() + invokers, n.site(), n.step(), call(n.call()), n.settled(), n.line());
    } else if (node instanceof Node.Write n) {
      return new Node.Write(
          id,
          n.invoker() + invokers,
          n.site(),
          n.step(),
          call(n.call()),
          n.value() + nodes,
          n.line());
    } else if (node instanceof Node.Skip n) {
      return new Node.Skip(
          id, n.invoker() + invokers, n.module(), n.step(), n.value() + nodes, n.line());
    } else if (node instanceof Node.Stop n) {
      return new Node.Stop(id, n.after() + nodes, n.line());
    } else if (node instanceof Node.Call n) {
      return new Node.Call(id, n.op(), n.args().stream().map(this::moved).toList(), n.line());
    } else if (node instanceof Node.Apply n) {
      return new Node.Apply(id, n.invoker() + invokers, n.module(), n.argument() + nodes, n.line());
    } else if (node instanceof Node.Point n) {
      int owner = n.invoker() == Node.NOBODY ? n.invoker() : n.invoker() + invokers;
      return new Node.Point(id, owner, n.name(), n.value() + nodes, n.line());
    } else if (node instanceof Node.Constant n) {
      return new Node.Constant(id, n.tensor(), n.line());
    } else if (node instanceof Node.Positions n) {
      return new Node.Positions(id, n.invoker() + invokers, n.step(), n.position(), n.line());
    } else if (node instanceof Node.StepIndex n) {
      return new Node.StepIndex(id, n.line());
    } else if (node instanceof Node.Gradient n) {
      return new Node.Gradient(id, n.scalar() + nodes, n.target() + nodes, n.line());
    } else if (node instanceof Node.GradientWrite n) {
      return new Node.GradientWrite(
          id, n.scalar() + nodes, n.target() + nodes, n.value() + nodes, n.line());
    } else if (node instanceof Node.Merge n) {
      return new Node.Merge(
          id, n.condition() + nodes, n.whenTrue() + nodes, n.whenFalse() + nodes, n.line());
    } else if (node instanceof Node.Carry n) {
      return new Node.Carry(id, n.initial() + nodes, n.line());
    } else if (node instanceof Node.Next n) {
      return new Node.Next(id, n.carry() + nodes, n.value() + nodes, n.line());
    } else if (node instanceof Node.LoopResult n) {
      return new Node.LoopResult(id, n.carry() + nodes, n.initial() + nodes, n.line());
    } else if (node instanceof Node.HostCall n) {
      List<Integer> arguments = n.arguments().stream().map(a -> a + nodes).toList();
      return new Node.HostCall(id, arguments, n.result(), n.function(), n.line());
    } else if (node instanceof Node.Save n) {
      return new Node.Save(id, n.value() + nodes, n.line());
    }
    throw new IllegalArgumentException("an edit cannot hold " + node);
  }

  private int call(int call) {
    return call == Node.OWN_PASS ? call : call + nodes;
  }

  private Arg moved(Arg arg) {
    if (arg instanceof Arg.Ref ref) {
      return new Arg.Ref(ref.node() + nodes);
    } else if (arg instanceof Arg.Refs refs) {
      return new Arg.Refs(refs.nodes().stream().map(node -> node + nodes).toList());
    }
    return arg;
  }
}
