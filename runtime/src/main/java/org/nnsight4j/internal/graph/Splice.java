package org.nnsight4j.internal.graph;

import java.util.List;
import org.nnsight4j.internal.op.Arg;

/** Renumbers the nodes of one graph, so that they can be part of another. */
final class Splice implements NodeVisitor<Node> {
  private final Graph graph;
  private final int nodes;
  private final int invokers;

  /**
   * Prepares to put a graph into another.
   *
   * @param nodes how many nodes come before it
   * @param invokers how many invokers come before it
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
    return graph.nodes().stream().map(node -> node.accept(this)).toList();
  }

  private ControlBlock moved(ControlBlock block) {
    int begin = moved(block.begin());
    int end = moved(block.end());
    if (block instanceof ControlBlock.Branch branch) {
      return new ControlBlock.Branch(
          begin, end, moved(branch.condition()), branch.expected(), branch.line());
    }
    ControlBlock.Steps steps = (ControlBlock.Steps) block;
    return new ControlBlock.Steps(begin, end, steps.from(), steps.to(), steps.line());
  }

  private int moved(int node) {
    return node + nodes;
  }

  private int invoker(Node.OfRows node) {
    return node.invoker() + invokers;
  }

  private SiteScope moved(SiteScope scope) {
    return scope instanceof SiteScope.Inside inside
        ? SiteScope.inside(moved(inside.node()))
        : scope;
  }

  private Owner moved(Owner owner) {
    return owner instanceof Owner.OfInvoker own ? Owner.of(own.number() + invokers) : owner;
  }

  private Arg moved(Arg arg) {
    if (arg instanceof Arg.Ref ref) {
      return new Arg.Ref(moved(ref.node()));
    } else if (arg instanceof Arg.Refs refs) {
      return new Arg.Refs(refs.nodes().stream().map(this::moved).toList());
    }
    return arg;
  }

  @Override
  public Node read(Node.Read n) {
    return new Node.Read(
        moved(n.id()), invoker(n), n.site(), n.step(), moved(n.scope()), n.settled(), n.line());
  }

  @Override
  public Node write(Node.Write n) {
    return new Node.Write(
        moved(n.id()),
        invoker(n),
        n.site(),
        n.step(),
        moved(n.scope()),
        moved(n.value()),
        n.line());
  }

  @Override
  public Node skip(Node.Skip n) {
    return new Node.Skip(
        moved(n.id()), invoker(n), n.module(), n.step(), moved(n.value()), n.line());
  }

  @Override
  public Node stop(Node.Stop n) {
    return new Node.Stop(moved(n.id()), moved(n.after()), n.line());
  }

  @Override
  public Node call(Node.Call n) {
    List<Arg> args = n.args().stream().map(this::moved).toList();
    return new Node.Call(moved(n.id()), n.op(), args, n.line());
  }

  @Override
  public Node apply(Node.Apply n) {
    return new Node.Apply(moved(n.id()), invoker(n), n.module(), moved(n.argument()), n.line());
  }

  @Override
  public Node point(Node.Point n) {
    return new Node.Point(moved(n.id()), moved(n.owner()), n.name(), moved(n.value()), n.line());
  }

  @Override
  public Node constant(Node.Constant n) {
    return new Node.Constant(moved(n.id()), n.tensor(), n.line());
  }

  @Override
  public Node parameter(Node.Parameter n) {
    return new Node.Parameter(moved(n.id()), n.name(), n.line());
  }

  @Override
  public Node parameterWrite(Node.ParameterWrite n) {
    return new Node.ParameterWrite(moved(n.id()), n.name(), moved(n.value()), n.line());
  }

  /** An edit does not belong to a session. */
  @Override
  public Node bridge(Node.Bridge n) {
    throw new IllegalArgumentException("an edit cannot hold " + n);
  }

  @Override
  public Node positions(Node.Positions n) {
    return new Node.Positions(moved(n.id()), invoker(n), n.step(), n.position(), n.line());
  }

  @Override
  public Node stepIndex(Node.StepIndex n) {
    return new Node.StepIndex(moved(n.id()), n.line());
  }

  @Override
  public Node gradient(Node.Gradient n) {
    Integer directions = n.directions() == null ? null : moved(n.directions());
    return new Node.Gradient(
        moved(n.id()), moved(n.scalar()), moved(n.target()), directions, n.line());
  }

  @Override
  public Node gradientWrite(Node.GradientWrite n) {
    return new Node.GradientWrite(
        moved(n.id()), moved(n.scalar()), moved(n.target()), moved(n.value()), n.line());
  }

  @Override
  public Node merge(Node.Merge n) {
    return new Node.Merge(
        moved(n.id()), moved(n.condition()), moved(n.whenTrue()), moved(n.whenFalse()), n.line());
  }

  @Override
  public Node carry(Node.Carry n) {
    return new Node.Carry(moved(n.id()), moved(n.initial()), n.line());
  }

  @Override
  public Node next(Node.Next n) {
    return new Node.Next(moved(n.id()), moved(n.carry()), moved(n.value()), n.line());
  }

  @Override
  public Node loopResult(Node.LoopResult n) {
    return new Node.LoopResult(moved(n.id()), moved(n.carry()), moved(n.initial()), n.line());
  }

  @Override
  public Node hostCall(Node.HostCall n) {
    List<Integer> arguments = n.arguments().stream().map(this::moved).toList();
    return new Node.HostCall(moved(n.id()), arguments, n.result(), n.function(), n.line());
  }

  @Override
  public Node save(Node.Save n) {
    return new Node.Save(moved(n.id()), moved(n.value()), n.line());
  }
}
