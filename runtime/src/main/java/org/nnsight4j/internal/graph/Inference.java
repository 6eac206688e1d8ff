package org.nnsight4j.internal.graph;

import java.util.function.IntFunction;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** What is known of the value of each node, from what is known of earlier ones. */
public final class Inference {
  private final IntFunction<Node> nodes;
  private final IntFunction<Meta> metas;
  private final SiteMetas sites;

  /**
   * Rules over the nodes before.
   *
   * @param nodes earlier nodes by id
   * @param metas what is known of them
   */
  public Inference(IntFunction<Node> nodes, IntFunction<Meta> metas, SiteMetas sites) {
    this.nodes = nodes;
    this.metas = metas;
    this.sites = sites;
  }

  /**
   * What is known of a node's value; for nodes without one, of the value that they are about.
   *
   * @param step the step to look at for nodes of a loop
   * @throws org.nnsight4j.error.ShapeException if arguments do not fit
   */
  public Meta of(Node node, int step) {
    if (node instanceof Node.Read read) {
      return read.call() == Node.OWN_PASS
          ? sites.site(read.site(), read.invoker(), at(read.step(), step))
          : inCall(read.site(), read.call());
    } else if (node instanceof Node.Write write) {
      return metas.apply(write.value());
    } else if (node instanceof Node.Skip skip) {
      return sites.site(SiteKey.output(skip.module()), skip.invoker(), at(skip.step(), step));
    } else if (node instanceof Node.Call call) {
      OpTable.get(call.op()).checkArgs(call.args());
      return OpTable.get(call.op()).infer(new OpInputs(call.args(), metas));
    } else if (node instanceof Node.Apply apply) {
      return sites.apply(apply.module(), metas.apply(apply.argument()));
    } else if (node instanceof Node.Constant constant) {
      return new Meta(Dims.of(constant.tensor().shape()), constant.tensor().dtype());
    } else if (node instanceof Node.Bridge bridge) {
      return bridge.meta();
    } else if (node instanceof Node.Positions positions) {
      return sites.positions(positions.invoker(), at(positions.step(), step));
    } else if (node instanceof Node.StepIndex) {
      return new Meta(Dims.SCALAR, DType.INT64);
    } else if (node instanceof Node.Gradient gradient) {
      return metas.apply(gradient.target());
    } else if (node instanceof Node.GradientWrite write) {
      return metas.apply(write.target());
    } else if (node instanceof Node.Merge merge) {
      return Branches.common(metas.apply(merge.whenTrue()), metas.apply(merge.whenFalse()));
    } else if (node instanceof Node.HostCall call) {
      return call.result();
    } else if (node instanceof Node.Stop) {
      return new Meta(Dims.SCALAR, DType.BOOL);
    }
    return metas.apply(node.needs().get(0));
  }

  private Meta inCall(SiteKey site, int call) {
    Node node = nodes.apply(call);
    if (node instanceof Node.Apply apply) {
      return sites.siteInCall(site, apply.module(), metas.apply(apply.argument()));
    }
    return metas.apply(call);
  }

  private static int at(int step, int loopStep) {
    return step == Node.EACH_STEP ? loopStep : step;
  }
}
