package org.nnsight4j.internal.graph;

import java.util.List;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;

/** One node of each kind, with numbers that differ, for a graph that is moved. */
final class EachKind {
  static final SourceLine LINE = new SourceLine("A", "A.java", 7);
  static final SiteKey SITE = SiteKey.output("m");
  static final Meta META = new Meta(Dims.SCALAR, DType.FLOAT32);
  static final Tensor NUMBER = Tensor.scalar(2);

  private EachKind() {}

  /** The nodes as they are with {@code nodes} nodes and {@code invokers} invokers before them. */
  static List<Node> moved(int nodes, int invokers) {
    return List.of(
        new Node.Read(
            nodes, 1 + invokers, SITE, AtStep.of(4), SiteScope.inside(5 + nodes), true, LINE),
        new Node.Read(1 + nodes, 2 + invokers, SITE, AtStep.EACH, SiteScope.OWN_PASS, false, LINE),
        new Node.Write(
            2 + nodes, invokers, SITE, AtStep.EACH, SiteScope.inside(nodes), 1 + nodes, LINE),
        new Node.Skip(3 + nodes, 1 + invokers, "m", AtStep.of(2), 2 + nodes, LINE),
        new Node.Stop(4 + nodes, 3 + nodes, LINE),
        new Node.Call(
            5 + nodes,
            "add",
            List.of(
                new Arg.Ref(1 + nodes),
                new Arg.Refs(List.of(nodes, 4 + nodes)),
                new Arg.Int(3),
                new Arg.Real(0.5)),
            LINE),
        new Node.Apply(6 + nodes, 1 + invokers, "m", 5 + nodes, LINE),
        new Node.Point(7 + nodes, Owner.of(1 + invokers), "p", 6 + nodes, LINE),
        new Node.Point(8 + nodes, Owner.NOBODY, "q", 6 + nodes, LINE),
        new Node.Constant(9 + nodes, NUMBER, LINE),
        new Node.Positions(10 + nodes, 2 + invokers, AtStep.of(1), -1, LINE),
        new Node.StepIndex(11 + nodes, LINE),
        new Node.Gradient(12 + nodes, 3 + nodes, 1 + nodes, LINE),
        new Node.GradientWrite(13 + nodes, 3 + nodes, 1 + nodes, 2 + nodes, LINE),
        new Node.Merge(14 + nodes, 1 + nodes, 2 + nodes, 3 + nodes, LINE),
        new Node.Carry(15 + nodes, 4 + nodes, LINE),
        new Node.Next(16 + nodes, 15 + nodes, 5 + nodes, LINE),
        new Node.LoopResult(17 + nodes, 15 + nodes, 4 + nodes, LINE),
        new Node.HostCall(18 + nodes, List.of(1 + nodes, 2 + nodes), META, EachKind::first, LINE),
        new Node.Save(19 + nodes, 18 + nodes, LINE),
        new Node.Parameter(20 + nodes, "m.weight", LINE),
        new Node.ParameterWrite(21 + nodes, "m.weight", 20 + nodes, LINE));
  }

  private static Tensor first(List<Tensor> arguments) {
    return arguments.get(0);
  }
}
