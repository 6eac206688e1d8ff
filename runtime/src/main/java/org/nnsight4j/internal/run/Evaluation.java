package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.decode.Stopped;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.tensor.Tensor;

/** Computes the nodes that are no events at sites. */
final class Evaluation {
  private final Plan plan;
  private final Values values;
  private final Guards guards;
  private final Gradients gradients;
  private final Calls calls;
  private final Applications applications;
  private final RunContext around;
  private final Map<Integer, Map<Integer, Tensor>> results = new HashMap<>();
  private int step;
  private @Nullable SourceLine stoppedAt;

  Evaluation(
      Plan plan,
      Values values,
      Guards guards,
      Gradients gradients,
      Calls calls,
      Applications applications,
      RunContext around) {
    this.plan = plan;
    this.values = values;
    this.guards = guards;
    this.gradients = gradients;
    this.calls = calls;
    this.applications = applications;
    this.around = around;
  }

  void begin(int newStep) {
    step = newStep;
  }

  /** The numbers of each save node by step; 0 outside loops. */
  Map<Integer, Map<Integer, Tensor>> results() {
    return results;
  }

  /** The line of the stop() that ended the run, or null. */
  @Nullable SourceLine stoppedAt() {
    return stoppedAt;
  }

  /** Runs a node if its branch is taken and what it needs has happened. */
  void run(Node node, @Nullable Frame frame) {
    if (guards.closed(node) != null || !ready(node)) {
      values.release(node);
      return;
    }
    try {
      compute(node, frame);
    } catch (EngineException e) {
      throw new RunException(
          node.location(), "%s failed in the engine: %s".formatted(describe(node), reason(e)), e);
    }
    values.release(node);
  }

  /** What is wrong, without TorchScript's own listing, which the cause still has. */
  private static String reason(EngineException e) {
    String text = String.valueOf(e.getMessage());
    int begin = text.lastIndexOf("Error: ");
    return begin < 0 ? text : text.substring(begin + "Error: ".length()).strip();
  }

  /** Keeps the value of a node, and what it decides. */
  void put(Node node, NDArray value) {
    if (plan.isCondition(node.id())) {
      guards.decide(node, value);
    }
    if (plan.isDifferentiated(node.id())) {
      gradients.made(node.id());
    }
    values.put(node.id(), value);
  }

  /** What is computed from numbers alone has gradients from here on, if anybody takes them. */
  private void computed(Node node, NDArray value) {
    put(node, plan.isDifferentiated(node.id()) ? values.call("traced", value) : value);
  }

  private boolean ready(Node node) {
    if (node instanceof Node.Merge merge) {
      Boolean truth = guards.truth(merge.condition());
      return truth != null && values.has(truth ? merge.whenTrue() : merge.whenFalse());
    } else if (node instanceof Node.LoopResult result) {
      return values.carried(result.carry()) != null || values.has(result.initial());
    } else if (node instanceof Node.Carry carry && values.carried(carry.id()) != null) {
      return true;
    }
    return node.needs().stream().allMatch(values::has);
  }

  private void compute(Node node, @Nullable Frame frame) {
    if (node instanceof Node.Call call) {
      computed(call, calls.call(call));
    } else if (node instanceof Node.Apply apply) {
      computed(apply, applications.apply(apply, pass(frame, node)));
    } else if (node instanceof Node.Point point) {
      computed(point, applications.point(point, pass(frame, node)));
    } else if (node instanceof Node.Constant constant) {
      computed(constant, values.upload(constant.tensor()));
    } else if (node instanceof Node.Bridge bridge) {
      computed(bridge, values.upload(around.earlier(bridge.run(), bridge.save())));
    } else if (node instanceof Node.Positions positions) {
      places(positions, pass(frame, node));
    } else if (node instanceof Node.StepIndex index) {
      put(index, values.upload(Tensor.of(new long[] {step})));
    } else if (node instanceof Node.Gradient gradient) {
      computed(gradient, gradients.of(gradient));
    } else if (node instanceof Node.GradientWrite write) {
      gradients.replaced(write);
    } else if (node instanceof Node.Merge merge) {
      boolean truth = Boolean.TRUE.equals(guards.truth(merge.condition()));
      int chosen = truth ? merge.whenTrue() : merge.whenFalse();
      computed(merge, values.call("alias", values.get(chosen, merge)));
    } else if (node instanceof Node.HostCall call) {
      computed(call, Host.call(call, values));
    } else if (node instanceof Node.Save save) {
      int at = plan.loop(save.id()) == null ? 0 : step;
      results.computeIfAbsent(save.id(), id -> new TreeMap<>()).put(at, values.keep(save));
    } else if (node instanceof Node.Stop stop) {
      stoppedAt = stop.line();
      throw new Stopped();
    } else {
      loop(node);
    }
  }

  private void loop(Node node) {
    if (node instanceof Node.Carry carry) {
      NDArray before = values.carriedOn(carry);
      if (before == null) {
        before = values.get(carry.initial(), carry);
        values.carry(carry.id(), before);
      }
      computed(carry, values.call("alias", before));
    } else if (node instanceof Node.Next next) {
      values.carry(next.carry(), values.get(next.value(), next));
    } else if (node instanceof Node.LoopResult result) {
      NDArray last = values.carried(result.carry());
      computed(
          result, values.call("alias", last == null ? values.get(result.initial(), result) : last));
    } else {
      throw new IllegalStateException("a node that cannot be computed: " + node);
    }
  }

  private void places(Node.Positions node, Frame frame) {
    if (frame.hasRows(node.invoker())) {
      long[] places = frame.places(node.invoker(), node.position(), node.location());
      values.put(node.id(), values.longs(places));
    }
  }

  private static Frame pass(@Nullable Frame frame, Node node) {
    if (frame == null) {
      throw new IllegalStateException("no forward pass has begun for " + node);
    }
    return frame;
  }

  static String describe(Node node) {
    if (node instanceof Node.Call call) {
      return OpTable.written(call.op());
    } else if (node instanceof Node.Apply apply) {
      return apply.module();
    }
    return node.getClass().getSimpleName();
  }
}
