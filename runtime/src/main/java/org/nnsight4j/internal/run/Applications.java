package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Owner;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.plan.StepPlan;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Runs applied modules and named values, with what happens at their sites. */
final class Applications {
  /** The only site of a named value. */
  private static final int POINT = 0;

  private final Plan plan;
  private final Graph graph;
  private final Blueprint blueprint;
  private final Network network;
  private final Values values;
  private final OwnParameters parameters;
  private @Nullable Events events;
  private @Nullable Evaluation evaluation;
  private @Nullable StepPlan step;

  Applications(
      Plan plan, Blueprint blueprint, Network network, Values values, OwnParameters parameters) {
    this.parameters = parameters;
    this.plan = plan;
    this.graph = plan.graph();
    this.blueprint = blueprint;
    this.network = network;
    this.values = values;
  }

  /** Starts a step. */
  void begin(StepPlan newStep, Events newEvents, Evaluation newEvaluation) {
    step = newStep;
    events = newEvents;
    evaluation = newEvaluation;
  }

  /** Runs a module on a value, and during that what was recorded at its sites. */
  NDArray apply(Node.Apply apply, Frame frame) {
    Module module = network.module(apply.module());
    if (module == null) {
      throw new RunException(
          apply.location(), "the network has no module '%s'".formatted(apply.module()));
    }
    NDArray argument = values.get(apply.argument(), apply);
    boolean attends = blueprint.attends(apply.module());
    long[] lengths = attends ? lengths(apply, frame, argument) : new long[0];
    boolean watched = step != null && step.hasEventsIn(apply.id());
    Taps taps = watched ? new Sites(apply.id(), frame) : Taps.NONE;
    NDArray result =
        module.call(
            parameters.in(
                new Pass(
                    taps,
                    values.arena(),
                    null,
                    attends ? positions(lengths, argument) : null,
                    lengths.length > 0 ? mask(lengths, argument) : null,
                    null,
                    false,
                    plan.derivatives())),
            argument);
    // Each node closes its own array.
    return result == argument ? values.again(argument) : result;
  }

  /** Shows a named value to its readers and writers. */
  NDArray point(Node.Point point, Frame frame) {
    NDArray value = values.get(point.value(), point);
    NDArray shown = happen(point.id(), POINT, value, values.arena(), frame);
    return shown == value ? values.again(value) : shown;
  }

  private NDArray happen(int call, int site, NDArray value, Arena arena, Frame frame) {
    int[] nodes = step == null ? null : step.inCall(call, site);
    NDArray current = value;
    if (nodes == null || events == null || evaluation == null) {
      return current;
    }
    for (int id : nodes) {
      Node node = graph.node(id);
      if (node instanceof Node.Read read && read.scope().isInside(call)) {
        current = events.read(read, current, window(call, read.invoker(), frame), arena);
      } else if (node instanceof Node.Write write && write.scope().isInside(call)) {
        current = events.write(write, current, window(call, write.invoker(), frame), arena);
      } else {
        evaluation.run(node, frame);
      }
    }
    return current;
  }

  /** An applied module has all rows of its argument; a named value has its own rows. */
  private Frame.@Nullable Window window(int call, int invoker, Frame frame) {
    boolean afterAll = step == plan.end();
    if (!frame.hasRows(invoker) && !afterAll) {
      return null;
    }
    boolean ofAll =
        graph.node(call) instanceof Node.Point point
            && point.owner() instanceof Owner.OfInvoker owner
            && frame.isWhole(owner.number());
    if (!ofAll || frame.isWhole(invoker)) {
      return Frame.Window.WHOLE;
    }
    Dims axes = plan.point(call);
    if (axes.find(Dim.BATCH) < 0 && axes.rank() > 0) {
      throw new RunException(
          graph.node(call).location(),
          "'%s' has the rows of all invokers, but its axes %s have no batch, so the rows of one invoker cannot be told apart; read it by an invoker that sees all rows, or keep the axes where it is shown"
              .formatted(((Node.Point) graph.node(call)).name(), axes));
    }
    return frame.window(invoker, axes);
  }

  /** The sites inside one applied module. */
  private final class Sites implements Taps {
    private final int call;
    private final Frame frame;

    Sites(int call, Frame frame) {
      this.call = call;
      this.frame = frame;
    }

    @Override
    public boolean listens(int site) {
      return step != null && step.inCall(call, site) != null;
    }

    @Override
    public NDArray at(int site, NDArray value, Arena arena) {
      return happen(call, site, value, arena, frame);
    }
  }

  /** The lengths of the argument's rows, if they differ and some are padded. */
  private static long[] lengths(Node.Apply apply, Frame frame, NDArray argument) {
    if (frame.positions() != frame.keys()) {
      throw new RunException(
          apply.location(),
          "%s attends to earlier positions, which a value of a later step does not have; generate with useCache(false)"
              .formatted(apply.module()));
    }
    long[] lengths = frame.unequalLengths(apply.invoker());
    if (lengths.length == 0) {
      return lengths;
    }
    long[] shape = argument.getShape().getShape();
    if (shape[0] != lengths.length || shape[1] != frame.positions(apply.invoker())) {
      throw new RunException(
          apply.location(),
          "%s is applied to the shape %s, but the rows of this invoker differ in length, so attention needs all of them, [%s, %s, ...]; give them to an invoker each"
              .formatted(
                  apply.module(),
                  argument.getShape(),
                  lengths.length,
                  frame.positions(apply.invoker())));
    }
    return lengths;
  }

  /** Here too, rows of unequal length must not attend to their padding. */
  private NDArray mask(long[] lengths, NDArray argument) {
    long columns = argument.getShape().get(1);
    try (NDArray rows = values.longs(lengths)) {
      return values.call("padding_mask", rows, columns, columns);
    }
  }

  /** A user's value starts at the beginning of a row. */
  private NDArray positions(long[] lengths, NDArray argument) {
    int rows = (int) argument.getShape().get(0);
    int columns = (int) argument.getShape().get(1);
    long[] counted = lengths;
    if (lengths.length == 0) {
      counted = new long[rows];
      Arrays.fill(counted, columns);
    }
    return values.arena().longs(Frame.places(counted, columns), rows, columns);
  }
}
