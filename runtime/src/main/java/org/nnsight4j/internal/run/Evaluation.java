package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.decode.Stopped;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.NodeVisitor;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.tensor.Tensor;

/** Computes the nodes that are not events at sites. */
final class Evaluation {
  private final Plan plan;
  private final Values values;
  private final Guards guards;
  private final Gradients gradients;
  private final Calls calls;
  private final Applications applications;
  private final OwnParameters parameters;
  private final RunContext around;
  private final Map<Integer, Map<Integer, Tensor>> results = new HashMap<>();
  private final Node.Progress progress = new Happened();
  private int step;
  private @Nullable SourceLine stoppedAt;

  Evaluation(
      Plan plan,
      Values values,
      Guards guards,
      Gradients gradients,
      Calls calls,
      Applications applications,
      OwnParameters parameters,
      RunContext around) {
    this.plan = plan;
    this.values = values;
    this.guards = guards;
    this.gradients = gradients;
    this.calls = calls;
    this.applications = applications;
    this.parameters = parameters;
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

  /** Runs a node if its branch is taken and its inputs have happened. */
  void run(Node node, @Nullable Frame frame) {
    if (guards.closed(node) != null || !node.isReady(progress)) {
      values.release(node);
      return;
    }
    try {
      node.accept(new Work(frame)).ifPresent(value -> computed(node, value));
    } catch (EngineException e) {
      throw new RunException(
          node.location(), "%s failed in the engine: %s".formatted(describe(node), reason(e)), e);
    }
    values.release(node);
  }

  /** The error without TorchScript's own listing, which the cause still has. */
  private static String reason(EngineException e) {
    String text = String.valueOf(e.getMessage());
    int begin = text.lastIndexOf("Error: ");
    return begin < 0 ? text : text.substring(begin + "Error: ".length()).strip();
  }

  /** Keeps the value of a node, and the branch that it decides. */
  void put(Node node, NDArray value) {
    if (plan.isCondition(node.id())) {
      guards.decide(node, value);
    }
    if (plan.isDifferentiated(node.id())) {
      gradients.made(node.id());
    }
    values.put(node.id(), value);
  }

  /** A value computed from constants alone has gradients from here on, if any are taken. */
  private void computed(Node node, NDArray value) {
    if (!plan.isDifferentiated(node.id())) {
      put(node, value);
      return;
    }
    NDArray traced = values.traced(value);
    put(node, traced);
    if (node instanceof Node.Parameter parameter) {
      // The forward passes compute with what the gradient is taken with respect to.
      parameters.use(parameter.name(), traced);
    }
  }

  /** Which inputs of a node have happened. */
  private final class Happened implements Node.Progress {
    @Override
    public boolean has(int node) {
      return values.has(node);
    }

    @Override
    public @Nullable Boolean truth(int condition) {
      return guards.truth(condition);
    }

    @Override
    public boolean isCarried(int carry) {
      return values.carried(carry) != null;
    }
  }

  /** Computes each kind of node; nodes whose result is kept elsewhere return no value. */
  private final class Work implements NodeVisitor<Optional<NDArray>> {
    private final @Nullable Frame frame;

    Work(@Nullable Frame frame) {
      this.frame = frame;
    }

    private Frame pass(Node node) {
      if (frame == null) {
        throw new IllegalStateException("no forward pass has begun for " + node);
      }
      return frame;
    }

    @Override
    public Optional<NDArray> call(Node.Call node) {
      return Optional.of(calls.call(node));
    }

    @Override
    public Optional<NDArray> apply(Node.Apply node) {
      return Optional.of(applications.apply(node, pass(node)));
    }

    @Override
    public Optional<NDArray> point(Node.Point node) {
      return Optional.of(applications.point(node, pass(node)));
    }

    @Override
    public Optional<NDArray> constant(Node.Constant node) {
      return Optional.of(values.upload(around.constant(node)));
    }

    @Override
    public Optional<NDArray> parameter(Node.Parameter node) {
      return Optional.of(parameters.read(node.name()));
    }

    @Override
    public Optional<NDArray> parameterWrite(Node.ParameterWrite node) {
      parameters.replace(node, values.get(node.value(), node));
      return Optional.empty();
    }

    @Override
    public Optional<NDArray> bridge(Node.Bridge node) {
      return Optional.of(values.upload(around.earlier(node.run(), node.save())));
    }

    @Override
    public Optional<NDArray> positions(Node.Positions node) {
      Frame pass = pass(node);
      if (pass.hasRows(node.invoker())) {
        long[] places = pass.places(node.invoker(), node.position(), node.location());
        values.put(node.id(), values.longs(places));
      }
      return Optional.empty();
    }

    @Override
    public Optional<NDArray> stepIndex(Node.StepIndex node) {
      put(node, values.upload(Tensor.of(new long[] {step})));
      return Optional.empty();
    }

    @Override
    public Optional<NDArray> gradient(Node.Gradient node) {
      return Optional.of(gradients.of(node));
    }

    @Override
    public Optional<NDArray> gradientWrite(Node.GradientWrite node) {
      gradients.replaced(node);
      return Optional.empty();
    }

    @Override
    public Optional<NDArray> merge(Node.Merge node) {
      boolean truth = Boolean.TRUE.equals(guards.truth(node.condition()));
      int chosen = truth ? node.whenTrue() : node.whenFalse();
      return Optional.of(values.again(values.get(chosen, node)));
    }

    @Override
    public Optional<NDArray> carry(Node.Carry node) {
      NDArray before = values.carriedOn(node);
      if (before == null) {
        before = values.get(node.initial(), node);
        values.carry(node.id(), before);
      }
      return Optional.of(values.again(before));
    }

    @Override
    public Optional<NDArray> next(Node.Next node) {
      values.carry(node.carry(), values.get(node.value(), node));
      return Optional.empty();
    }

    @Override
    public Optional<NDArray> loopResult(Node.LoopResult node) {
      NDArray last = values.carried(node.carry());
      NDArray result = last == null ? values.get(node.initial(), node) : last;
      return Optional.of(values.again(result));
    }

    @Override
    public Optional<NDArray> hostCall(Node.HostCall node) {
      return Optional.of(Host.call(node, values));
    }

    @Override
    public Optional<NDArray> save(Node.Save node) {
      int at = plan.loop(node.id()) == null ? 0 : step;
      results.computeIfAbsent(node.id(), id -> new TreeMap<>()).put(at, values.keep(node));
      return Optional.empty();
    }

    @Override
    public Optional<NDArray> stop(Node.Stop node) {
      stoppedAt = node.line();
      throw new Stopped();
    }

    @Override
    public Optional<NDArray> read(Node.Read node) {
      throw atSite(node);
    }

    @Override
    public Optional<NDArray> write(Node.Write node) {
      throw atSite(node);
    }

    @Override
    public Optional<NDArray> skip(Node.Skip node) {
      throw atSite(node);
    }

    private static IllegalStateException atSite(Node node) {
      return new IllegalStateException("a node that happens at its site: " + node);
    }
  }

  static String describe(Node node) {
    return node instanceof Node.Call call
        ? OpTable.written(call.op())
        : node instanceof Node.Apply apply ? apply.module() : node.getClass().getSimpleName();
  }
}
