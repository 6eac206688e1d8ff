package org.nnsight4j.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.graph.Moment;
import org.nnsight4j.graph.Node;
import org.nnsight4j.graph.SiteKey;
import org.nnsight4j.plan.Plan;
import org.nnsight4j.tensor.Tensor;

/**
 * Runs a plan's nodes while the forward pass goes by: every site that it passes calls {@link #at}.
 * Values are freed when their last reader has run. One run, one thread.
 */
final class Interleaver implements Taps {
  private final Plan plan;
  private final Blueprint blueprint;
  private final Network network;
  private final SiteSpec[] sites;
  private final boolean needsLogits;
  private final Values values;
  private final Gradients gradients;
  private final Calls calls;
  private final Receipt.Builder receipt = new Receipt.Builder();
  private final Map<Integer, Tensor> results = new HashMap<>();
  private int step;
  private int passed;
  private Node.@Nullable Write lastWrite;
  private @Nullable Frame frame;

  Interleaver(Plan plan, Blueprint blueprint, Network network, Arena arena, boolean needsLogits) {
    this.plan = plan;
    this.blueprint = blueprint;
    this.network = network;
    this.sites = blueprint.sites().toArray(SiteSpec[]::new);
    this.needsLogits = needsLogits;
    this.values = new Values(plan, arena);
    this.gradients = new Gradients(plan, values);
    this.calls = new Calls(values);
    for (Node node : plan.graph().nodes()) {
      if (plan.isScheduled(node.id())) {
        receipt.expect(node);
      }
    }
    runAll(plan.actions(Moment.START));
  }

  /** A forward pass begins. */
  void begin(int newStep, Frame newFrame) {
    step = newStep;
    frame = newFrame;
    passed = -1;
    runAll(plan.actions(Moment.startOf(step)));
  }

  /** The forward pass is really made. */
  void passing() {
    receipt.pass();
  }

  @Override
  public boolean listens(int site) {
    return plan.actions(new Moment(step, site)) != null;
  }

  @Override
  public boolean done() {
    boolean done = !needsLogits && passed >= plan.lastSite(step);
    if (done && passed >= 0) {
      receipt.stoppedAt(sites[passed].key().module());
    }
    return done;
  }

  @Override
  public NDArray at(int site, NDArray value, Arena arena) {
    passed = site;
    NDArray current = value;
    int[] actions = plan.actions(new Moment(step, site));
    if (actions == null) {
      return value;
    }
    for (int id : actions) {
      Node node = plan.graph().node(id);
      if (node instanceof Node.Read read) {
        current = read(read, sites[site], current, arena);
      } else if (node instanceof Node.Write write) {
        current = write(write, sites[site], current, arena);
      } else {
        run(node);
      }
    }
    return current;
  }

  /** An error of the engine in the model itself: most often a written value that it cannot take. */
  RunException failed(EngineException error) {
    return new RunException(
        "the forward pass failed in the engine at step %d, after %s%s: %s"
            .formatted(
                step,
                passed < 0 ? "its start" : sites[passed].key().toString(),
                lastWrite == null
                    ? ""
                    : "; the last value written was that of %s (at %s)"
                        .formatted(lastWrite.site(), lastWrite.line()),
                error.getMessage()),
        error);
  }

  Map<Integer, Tensor> results() {
    return results;
  }

  /**
   * The receipt of the finished run.
   *
   * @throws RunException if a write never happened
   */
  Receipt finish() {
    for (Receipt.Entry missed : receipt.missedWrites()) {
      throw new RunException(
          "the write to %s at step %d never happened: generation ended before (at %s)"
              .formatted(missed.site(), missed.step(), missed.line()));
    }
    return receipt.build();
  }

  private Frame frame() {
    if (frame == null) {
      throw new IllegalStateException("no forward pass has begun");
    }
    return frame;
  }

  private NDArray read(Node.Read read, SiteSpec site, NDArray current, Arena arena) {
    if (!frame().hasRows(read.invoker())) {
      return current;
    }
    Frame.Window window = frame().window(read.invoker(), site.meta().dims());
    NDArray seen = values.window(current, window);
    boolean traced = plan.isDifferentiated(read.id()) || plan.isCut(read.id());
    if (plan.isCut(read.id())) {
      seen = gradients.cut(read.id(), seen);
    }
    // A gradient exists only for what the rest of the pass really computes with.
    NDArray flow = traced ? Values.put(arena, current, window, seen) : current;
    receipt.fired(read.id(), seen.getShape().getShape(), 0);
    values.put(read.id(), seen);
    return flow;
  }

  private NDArray write(Node.Write write, SiteSpec site, NDArray current, Arena arena) {
    if (!frame().hasRows(write.invoker())) {
      return current;
    }
    NDArray value = values.get(write.value(), write);
    Frame.Window window = frame().window(write.invoker(), site.meta().dims());
    try (NDArray before = values.window(current, window)) {
      NDArray full = expanded(write, value, before, site.key());
      double change = TorchOps.get().number("change", before, full);
      NDArray after = Values.put(arena, current, window, full);
      full.close();
      receipt.fired(write.id(), before.getShape().getShape(), change);
      values.release(write);
      lastWrite = write;
      return after;
    }
  }

  private NDArray expanded(Node.Write write, NDArray value, NDArray before, SiteKey site) {
    try {
      return values.call("expand", value, before);
    } catch (EngineException e) {
      throw new RunException(
          "a value of the shape %s cannot be written to %s, which has the shape %s in this run (at %s)"
              .formatted(value.getShape(), site, before.getShape(), write.line()),
          e);
    }
  }

  private void runAll(int @Nullable [] actions) {
    if (actions != null) {
      for (int id : actions) {
        run(plan.graph().node(id));
      }
    }
  }

  private void run(Node node) {
    if (!values.ready(node)) {
      return;
    }
    try {
      if (node instanceof Node.Call call) {
        values.put(call.id(), calls.call(call));
      } else if (node instanceof Node.Apply apply) {
        values.put(
            apply.id(),
            calls.apply(
                apply, network, frame(), blueprint.attends(apply.module()), plan.gradients()));
      } else if (node instanceof Node.Constant constant) {
        values.put(constant.id(), constant(constant));
      } else if (node instanceof Node.Positions positions) {
        places(positions);
      } else if (node instanceof Node.Gradient gradient) {
        values.put(gradient.id(), gradients.of(gradient));
      } else if (node instanceof Node.GradientWrite write) {
        gradients.replaced(write);
      } else if (node instanceof Node.Save save) {
        results.put(save.id(), values.download(save.value(), save));
      }
    } catch (EngineException e) {
      throw new RunException(
          "%s failed in the engine (at %s): %s"
              .formatted(describe(node), node.line(), e.getMessage()),
          e);
    }
    values.release(node);
  }

  private NDArray constant(Node.Constant constant) {
    NDArray numbers = values.upload(constant.tensor());
    return plan.isDifferentiated(constant.id()) ? values.call("leaf", numbers) : numbers;
  }

  private void places(Node.Positions node) {
    if (frame().hasRows(node.invoker())) {
      long[] places = frame().places(node.invoker(), node.position(), node.line().toString());
      values.put(node.id(), values.longs(places));
    }
  }

  private static String describe(Node node) {
    if (node instanceof Node.Call call) {
      return call.op();
    } else if (node instanceof Node.Apply apply) {
      return apply.module();
    }
    return node.getClass().getSimpleName();
  }
}
