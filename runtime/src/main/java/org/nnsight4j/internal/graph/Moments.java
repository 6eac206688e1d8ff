package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.SiteKey;

/**
 * When each node of a graph runs: as early as what it needs allows, but reads, writes and skips at
 * their own site. In a loop over steps the moment is that of its first iteration.
 */
public final class Moments {
  private final ToIntFunction<SiteKey> order;
  private final List<Moment> moments = new ArrayList<>();
  private final Map<Integer, Moment> begins = new HashMap<>();
  private final Map<Integer, ControlBlock.Steps> loops = new HashMap<>();
  private final Map<Integer, Moment> gradientWrites = new HashMap<>();

  /**
   * No node yet.
   *
   * @param order the place of a site in the forward pass
   */
  public Moments(ToIntFunction<SiteKey> order) {
    this.order = order;
  }

  /** When a node has its value, or has happened. */
  public Moment of(int node) {
    return moments.get(node);
  }

  /** When a node is to be run; differs from {@link #of} for applied modules. */
  public Moment begin(int node) {
    Moment begin = begins.get(node);
    return begin == null ? moments.get(node) : begin;
  }

  /** The latest of what a node needs. */
  public Moment needed(Node node) {
    Moment latest = Moment.START;
    for (int need : node.needs()) {
      latest = latest.later(moments.get(need));
    }
    return latest;
  }

  /** When the branches around a node are decided. */
  public Moment decided(List<ControlBlock> around) {
    Moment latest = Moment.START;
    for (ControlBlock block : around) {
      if (block instanceof ControlBlock.Branch branch) {
        latest = latest.later(moments.get(branch.condition()));
      }
    }
    return latest;
  }

  /** Adds the next node, inside the blocks that are given. */
  public Moment add(Node node, List<ControlBlock> around) {
    Moment moment = compute(node, around);
    ControlBlock.Steps loop = Blocks.loop(around);
    if (loop != null) {
      loops.put(node.id(), loop);
    }
    moments.add(moment);
    return moment;
  }

  /** When a node would run, without adding it. */
  Moment preview(Node.Write node, List<ControlBlock> around) {
    return compute(node, around);
  }

  private Moment compute(Node node, List<ControlBlock> around) {
    ControlBlock.Steps loop = Blocks.loop(around);
    int id = node.id();
    if (node instanceof Node.Read read) {
      return site(read.site(), read.step(), read.call(), id, read.settled(), loop);
    } else if (node instanceof Node.Write write) {
      return site(write.site(), write.step(), write.call(), id, false, loop);
    } else if (node instanceof Node.Skip skip) {
      int site = order.applyAsInt(SiteKey.input(skip.module()));
      return Moment.at(step(skip.step(), loop), site, id);
    } else if (node instanceof Node.Positions positions) {
      return Moment.startOf(step(positions.step(), loop));
    } else if (node instanceof Node.Constant || node instanceof Node.Bridge) {
      return Moment.START;
    } else if (node instanceof Node.LoopResult) {
      return Moment.END;
    }
    Moment ready = needed(node).later(decided(around));
    if (loop != null) {
      ready = ready.later(Moment.startOf(loop.from()));
    }
    if (node instanceof Node.Apply || node instanceof Node.Point) {
      // A module needs the geometry of a pass, also for a constant.
      Moment begin = ready.later(Moment.startOf(0));
      begins.put(id, begin.beginCall(id));
      return begin.afterCall(id);
    } else if (node instanceof Node.Stop stop) {
      return ready.later(finished(stop.after(), loop)).later(Moment.startOf(0)).last();
    } else if (node instanceof Node.Gradient gradient) {
      return ready.later(gradientWrites.getOrDefault(gradient.scalar(), ready));
    } else if (node instanceof Node.GradientWrite write) {
      gradientWrites.merge(write.scalar(), ready, Moment::later);
    }
    return ready;
  }

  private Moment site(
      SiteKey key, int step, int call, int id, boolean settled, ControlBlock.@Nullable Steps loop) {
    int site = Math.max(0, order.applyAsInt(key));
    if (call != Node.OWN_PASS) {
      Moment base = begin(call).argument();
      return (isOther(loops.get(call), loop) ? base.atStep(step(step, loop)) : base)
          .inCall(call, site, id);
    }
    return settled
        ? Moment.settled(step(step, loop), site, id)
        : Moment.at(step(step, loop), site, id);
  }

  /** When a node has happened for the last time, for a node that is in some loop or in none. */
  Moment finished(int node, ControlBlock.@Nullable Steps loop) {
    Moment moment = moments.get(node);
    ControlBlock.Steps own = loops.get(node);
    return own != null && isOther(own, loop) && moment.step() == own.from()
        ? moment.atStep(own.to() - 1)
        : moment;
  }

  private static boolean isOther(
      ControlBlock.@Nullable Steps own, ControlBlock.@Nullable Steps loop) {
    return own != null && (loop == null || loop.begin() != own.begin());
  }

  private static int step(int step, ControlBlock.@Nullable Steps loop) {
    if (step != Node.EACH_STEP) {
      return step;
    }
    return loop == null ? 0 : loop.from();
  }
}
