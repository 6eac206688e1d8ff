package org.nnsight4j.internal.graph;

import java.util.function.IntFunction;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Infers what is known about the value of each node from what is known about earlier ones. */
public final class Inference {
  private final IntFunction<Node> nodes;
  private final IntFunction<Meta> metas;
  private final SiteMetas sites;

  /**
   * Creates rules over earlier nodes.
   *
   * @param nodes earlier nodes by id
   * @param metas what is known about them
   */
  public Inference(IntFunction<Node> nodes, IntFunction<Meta> metas, SiteMetas sites) {
    this.nodes = nodes;
    this.metas = metas;
    this.sites = sites;
  }

  /**
   * What is known about a node's value or, for nodes without one, about the value that they
   * concern.
   *
   * @param step the step to consider for nodes in a loop
   * @throws org.nnsight4j.error.ShapeException if arguments do not fit
   */
  public Meta of(Node node, AtStep step) {
    return node.accept(new Rules(step));
  }

  /** The rule for each kind of node, with a step for nodes in loops. */
  private final class Rules implements NodeVisitor<Meta> {
    private final AtStep loopStep;

    Rules(AtStep loopStep) {
      this.loopStep = loopStep;
    }

    @Override
    public Meta read(Node.Read node) {
      return node.scope() instanceof SiteScope.Inside inside
          ? inCall(node.site(), inside.node())
          : sites.site(node.site(), node.invoker(), node.step().within(loopStep));
    }

    private Meta inCall(SiteKey site, int call) {
      return nodes.apply(call) instanceof Node.Apply apply
          ? sites.siteInCall(site, apply.module(), metas.apply(apply.argument()))
          : metas.apply(call);
    }

    @Override
    public Meta write(Node.Write node) {
      return metas.apply(node.value());
    }

    @Override
    public Meta skip(Node.Skip node) {
      SiteKey output = SiteKey.output(node.module());
      return sites.site(output, node.invoker(), node.step().within(loopStep));
    }

    @Override
    public Meta stop(Node.Stop node) {
      return new Meta(Dims.SCALAR, DType.BOOL);
    }

    @Override
    public Meta call(Node.Call node) {
      OpTable.get(node.op()).checkArgs(node.args());
      return OpTable.get(node.op()).infer(new OpInputs(node.args(), metas));
    }

    @Override
    public Meta apply(Node.Apply node) {
      return sites.apply(node.module(), metas.apply(node.argument()));
    }

    @Override
    public Meta point(Node.Point node) {
      return metas.apply(node.value());
    }

    @Override
    public Meta constant(Node.Constant node) {
      return new Meta(Dims.of(node.tensor().shape()), node.tensor().dtype());
    }

    @Override
    public Meta parameter(Node.Parameter node) {
      return sites.parameter(node.name());
    }

    @Override
    public Meta parameterWrite(Node.ParameterWrite node) {
      return metas.apply(node.value());
    }

    @Override
    public Meta bridge(Node.Bridge node) {
      return node.meta();
    }

    @Override
    public Meta positions(Node.Positions node) {
      return sites.positions(node.invoker(), node.step().within(loopStep));
    }

    @Override
    public Meta stepIndex(Node.StepIndex node) {
      return new Meta(Dims.SCALAR, DType.INT64);
    }

    @Override
    public Meta gradient(Node.Gradient node) {
      Meta target = metas.apply(node.target());
      return node.directions() == null
          ? target
          : GradientRules.many(metas.apply(node.scalar()), target, metas.apply(node.directions()));
    }

    @Override
    public Meta gradientWrite(Node.GradientWrite node) {
      return metas.apply(node.target());
    }

    @Override
    public Meta merge(Node.Merge node) {
      return Branches.common(metas.apply(node.whenTrue()), metas.apply(node.whenFalse()));
    }

    @Override
    public Meta carry(Node.Carry node) {
      return metas.apply(node.initial());
    }

    @Override
    public Meta next(Node.Next node) {
      return metas.apply(node.value());
    }

    @Override
    public Meta loopResult(Node.LoopResult node) {
      return metas.apply(node.carry());
    }

    @Override
    public Meta hostCall(Node.HostCall node) {
      return node.result();
    }

    @Override
    public Meta save(Node.Save node) {
      return metas.apply(node.value());
    }
  }
}
