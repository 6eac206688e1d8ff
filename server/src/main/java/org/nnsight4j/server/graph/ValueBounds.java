package org.nnsight4j.server.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Inference;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.op.Assignability;
import org.nnsight4j.internal.plan.ForwardCost;
import org.nnsight4j.internal.record.PromptLengths;
import org.nnsight4j.internal.record.SiteShapes;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * The shape of each value of a graph, with a bound for each length that is unknown before the run.
 * A value that a loop hands on may grow: its bound is the one after the last step.
 */
final class ValueBounds {
  /**
   * The largest number of values that all loops together infer again before growth is extrapolated.
   */
  private static final int MOST_AGAIN = 100_000;

  /** As many as one Java buffer can hold. */
  private static final long MOST_SAVED = Integer.MAX_VALUE - 8;

  private final Graph graph;
  private final Blocks blocks;
  private final ForwardCost.Size size;
  private final IntFunction<List<Meta>> earlier;
  private final List<Meta> metas = new ArrayList<>();
  private final Inference inference;
  private int again;

  /** What the last step of a loop hands on, by what it carries. */
  private final Map<Integer, Dims> results = new HashMap<>();

  /**
   * Infers all shapes.
   *
   * @param steps the most forward passes of the run
   * @param earlier the values of the runs before it in its session
   * @throws PlanningException if shapes contradict each other, with the user's line
   */
  ValueBounds(
      Blueprint blueprint,
      Graph graph,
      ForwardCost.Size size,
      long steps,
      IntFunction<List<Meta>> earlier) {
    this.graph = graph;
    this.blocks = new Blocks(graph.blocks());
    this.size = size;
    this.earlier = earlier;
    this.inference =
        new Inference(
            graph::node, metas::get, new SiteShapes(blueprint, new PromptLengths(graph::prompts)));
    ControlBlock.Steps open = null;
    for (Node node : graph.nodes()) {
      if (open != null && node.id() >= open.end()) {
        grow(open, steps);
      }
      open = blocks.loop(node.id());
      metas.add(of(node));
    }
    if (open != null) {
      grow(open, steps);
    }
    for (ControlBlock block : graph.blocks()) {
      if (block instanceof ControlBlock.Branch branch) {
        checkTruth(metas.get(branch.condition()), branch.line());
      }
    }
  }

  /**
   * Checks whether a value can be a condition.
   *
   * @throws PlanningException if it is known that it is not one truth value
   */
  static void checkTruth(Meta condition, SourceLine line) {
    if (condition.dims().isKnown() && condition.dims().count() != 1) {
      throw new PlanningException(
          Location.at(line),
          "expected one truth value as condition, found the shape %s; reduce it with any() or all()"
              .formatted(condition.dims()));
    }
  }

  List<Meta> metas() {
    return metas;
  }

  /** The largest number of times that a node runs. */
  static long times(ControlBlock.Steps loop, long steps) {
    return Math.max(1, Math.min(steps, loop.to()) - loop.from());
  }

  private Meta of(Node node) {
    if (Thread.currentThread().isInterrupted()) {
      throw new PlanningException("the check of the graph was ended");
    }
    try {
      // In a loop, lengths are those of several steps, as when it was recorded.
      AtStep step = blocks.loop(node.id()) == null ? AtStep.FIRST : AtStep.EACH;
      Meta meta = inference.of(node, step);
      if (node instanceof Node.Bridge bridge) {
        return kept(bridge);
      } else if (node instanceof Node.LoopResult result) {
        return new Meta(results.getOrDefault(result.carry(), meta.dims()), meta.dtype());
      }
      check(node, meta, step);
      return node instanceof Node.Read
              || node instanceof Node.Skip
              || node instanceof Node.Apply
              || node instanceof Node.Positions
          ? bounded(meta)
          : meta;
    } catch (ShapeException e) {
      throw new PlanningException(node.location(), String.valueOf(e.getMessage()), e);
    }
  }

  /** Checks that an earlier run keeps what this one expects. */
  private Meta kept(Node.Bridge bridge) {
    Meta kept = earlier.apply(bridge.run()).get(bridge.save());
    if (!kept.equals(bridge.meta())) {
      throw new PlanningException(
          bridge.location(),
          "expected of run %s of the session a value %s, found %s"
              .formatted(bridge.run(), bridge.meta(), kept));
    }
    return kept;
  }

  /** Checks what a recording and a run would refuse. */
  private void check(Node node, Meta meta, AtStep step) {
    if (node instanceof Node.Next next) {
      Assignability.check(metas.get(next.carry()), meta);
    } else if (node instanceof Node.Write write) {
      Node.Read place =
          new Node.Read(
              write.id(),
              write.invoker(),
              write.site(),
              write.step(),
              write.scope(),
              false,
              write.line());
      Assignability.check(inference.of(place, step), meta);
    } else if (node instanceof Node.Skip skip) {
      Assignability.check(meta, metas.get(skip.value()));
    } else if (node instanceof Node.GradientWrite write) {
      Assignability.check(meta, metas.get(write.value()));
    } else if (node instanceof Node.Gradient gradient) {
      check(gradient);
    } else if (node instanceof Node.Save
        && meta.dims().isKnown()
        && Dim.product(meta.dims().mostElements(), meta.dtype().bytes()) > MOST_SAVED) {
      throw new ShapeException(
          "a value of the shape %s has more than %s bytes and cannot be saved whole; save it in parts"
              .formatted(meta.dims(), MOST_SAVED));
    }
  }

  private void check(Node.Gradient gradient) {
    Meta scalar = metas.get(gradient.scalar());
    if (gradient.directions() == null && scalar.dims().isKnown() && scalar.dims().count() != 1) {
      throw new ShapeException(
          "a gradient is taken of one number, this value has the shape %s; sum() it first"
              .formatted(scalar.dims()));
    }
    if (!scalar.dtype().isFloating() || !metas.get(gradient.target()).dtype().isFloating()) {
      throw new ShapeException(
          "a gradient needs floating numbers, found %s with respect to %s"
              .formatted(scalar.dtype(), metas.get(gradient.target()).dtype()));
    }
  }

  private Meta bounded(Meta meta) {
    List<Dim> axes = new ArrayList<>();
    for (Dim dim : meta.dims().axes()) {
      axes.add(
          dim.within(
              dim.is(Dim.BATCH)
                  ? size.rows()
                  : dim.is(Dim.POSITION) || dim.is(Dim.KEY)
                      ? size.tokens()
                      : Dim.product(size.rows(), size.tokens())));
    }
    return new Meta(new Dims(axes), meta.dtype());
  }

  /** Goes around a loop until nothing grows any more, or as often as the run. */
  private void grow(ControlBlock.Steps loop, long steps) {
    List<Node.Next> nexts = new ArrayList<>();
    for (Node node : graph.nodes().subList(loop.begin(), loop.end())) {
      if (node instanceof Node.Next next) {
        nexts.add(next);
      }
    }
    long left = times(loop, steps) - 1;
    while (left > 0) {
      boolean last = again > MOST_AGAIN;
      Map<Integer, Dims> carried = new HashMap<>();
      boolean grew = false;
      for (Node.Next next : nexts) {
        Dims then = metas.get(next.carry()).dims();
        Dims handed = metas.get(next.value()).dims();
        Dims now = last ? extrapolated(then, handed, left) : larger(then, handed);
        grew |= !sameMost(then, now);
        carried.put(next.carry(), now);
      }
      if (!grew) {
        break;
      }
      for (int id = loop.begin(); id < loop.end(); id++) {
        Dims now = carried.get(id);
        metas.set(id, now == null ? of(graph.node(id)) : new Meta(now, metas.get(id).dtype()));
      }
      again += loop.end() - loop.begin();
      left = last ? 0 : left - 1;
    }
    for (Node.Next next : nexts) {
      results.put(
          next.carry(), larger(metas.get(next.carry()).dims(), metas.get(next.value()).dims()));
    }
  }

  private static boolean sameMost(Dims one, Dims other) {
    for (int axis = 0; axis < one.rank(); axis++) {
      if (one.get(axis).most() != other.get(axis).most()) {
        return false;
      }
    }
    return true;
  }

  /** The larger bound of each axis; the value that is handed on broadcasts to the carried one. */
  private static Dims larger(Dims carried, Dims handed) {
    return changed(carried, handed, Math::max);
  }

  /** Assumes that each remaining step grows in the same proportion as this one. */
  private static Dims extrapolated(Dims carried, Dims handed, long left) {
    return changed(
        carried,
        handed,
        (then, now) -> {
          if (now <= then) {
            return then;
          }
          double factor = Math.pow((double) now / Math.max(1, then), left);
          double most = Math.ceil(now * factor);
          return most >= Dim.ENDLESS ? Dim.ENDLESS : (long) most;
        });
  }

  private interface Growth {
    long of(long then, long now);
  }

  private static Dims changed(Dims carried, Dims handed, Growth growth) {
    List<Dim> axes = new ArrayList<>();
    int more = carried.rank() - handed.rank();
    for (int axis = 0; axis < carried.rank(); axis++) {
      Dim then = carried.get(axis);
      long now = axis < more ? 1 : handed.get(axis - more).most();
      axes.add(
          then.isKnown() ? then : new Dim(then.size(), then.name(), growth.of(then.most(), now)));
    }
    return new Dims(axes);
  }
}
