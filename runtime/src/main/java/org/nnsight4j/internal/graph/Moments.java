package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.SiteKey;

/**
 * When each node of a graph runs: as early as its inputs allow, except that reads, writes and skips
 * happen at their own site. In a loop over steps the moment is that of the first iteration.
 */
public final class Moments {
  private final ToIntFunction<SiteKey> order;
  private final List<Moment> moments = new ArrayList<>();
  private final Map<Integer, Moment> begins = new HashMap<>();
  private final Map<Integer, ControlBlock.Steps> loops = new HashMap<>();
  private final Map<Integer, Moment> gradientWrites = new HashMap<>();
  private Moment parameters = Moment.START;

  /**
   * Starts without nodes.
   *
   * @param order the place of a site in the forward pass
   */
  public Moments(ToIntFunction<SiteKey> order) {
    this.order = order;
  }

  /** When a node has its value or has happened. */
  public Moment of(int node) {
    return moments.get(node);
  }

  /** When a node has to run; differs from {@link #of} for applied modules. */
  public Moment begin(int node) {
    Moment begin = begins.get(node);
    return begin == null ? moments.get(node) : begin;
  }

  /** The latest moment of a node's inputs. */
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

  /** Adds the next node, inside the given blocks. */
  public Moment add(Node node, List<ControlBlock> around) {
    Moment moment = compute(node, around);
    if (node instanceof Node.ParameterWrite) {
      parameters = moment;
    }
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
    return node.accept(new Rules(around));
  }

  /** The rule for each kind of node, inside blocks. */
  private final class Rules implements NodeVisitor<Moment> {
    private final List<ControlBlock> around;
    private final ControlBlock.@Nullable Steps loop;

    Rules(List<ControlBlock> around) {
      this.around = around;
      this.loop = Blocks.loop(around);
    }

    @Override
    public Moment read(Node.Read node) {
      return site(node, node.settled());
    }

    @Override
    public Moment write(Node.Write node) {
      return site(node, false);
    }

    private Moment site(Node.SiteAccess node, boolean settled) {
      int site = Math.max(0, order.applyAsInt(node.site()));
      if (node.scope() instanceof SiteScope.Inside inside) {
        int call = inside.node();
        Moment base = begin(call).argument();
        return (isOther(loops.get(call), loop) ? base.atStep(number(node.step())) : base)
            .inCall(call, site, node.id());
      }
      return settled
          ? Moment.settled(number(node.step()), site, node.id())
          : Moment.at(number(node.step()), site, node.id());
    }

    @Override
    public Moment skip(Node.Skip node) {
      int site = order.applyAsInt(SiteKey.input(node.module()));
      return Moment.at(number(node.step()), site, node.id());
    }

    @Override
    public Moment positions(Node.Positions node) {
      return Moment.startOf(number(node.step()));
    }

    /** In a loop, the number of its first iteration. */
    private int number(AtStep step) {
      return step.in(loop == null ? 0 : loop.from());
    }

    @Override
    public Moment constant(Node.Constant node) {
      return Moment.START;
    }

    @Override
    public Moment bridge(Node.Bridge node) {
      return Moment.START;
    }

    /** After everything that was written to parameters before. */
    @Override
    public Moment parameter(Node.Parameter node) {
      return parameters;
    }

    /** Before the first pass, which uses it; its value must exist then. */
    @Override
    public Moment parameterWrite(Node.ParameterWrite node) {
      return Moment.startOf(0);
    }

    @Override
    public Moment loopResult(Node.LoopResult node) {
      return Moment.END;
    }

    /** As early as its inputs allow. */
    private Moment ready(Node node) {
      Moment ready = needed(node).later(decided(around));
      return loop == null ? ready : ready.later(Moment.startOf(loop.from()));
    }

    @Override
    public Moment apply(Node.Apply node) {
      return called(node);
    }

    @Override
    public Moment point(Node.Point node) {
      return called(node);
    }

    /** A module needs the geometry of a pass, even for a constant. */
    private Moment called(Node node) {
      Moment begin = ready(node).later(Moment.startOf(0));
      begins.put(node.id(), begin.beginCall(node.id()));
      return begin.afterCall(node.id());
    }

    @Override
    public Moment stop(Node.Stop node) {
      return ready(node).later(finished(node.after(), loop)).later(Moment.startOf(0)).last();
    }

    @Override
    public Moment gradient(Node.Gradient node) {
      Moment ready = ready(node);
      return ready.later(gradientWrites.getOrDefault(node.scalar(), ready));
    }

    @Override
    public Moment gradientWrite(Node.GradientWrite node) {
      Moment ready = ready(node);
      gradientWrites.merge(node.scalar(), ready, Moment::later);
      return ready;
    }

    @Override
    public Moment call(Node.Call node) {
      return ready(node);
    }

    @Override
    public Moment stepIndex(Node.StepIndex node) {
      return ready(node);
    }

    @Override
    public Moment merge(Node.Merge node) {
      return ready(node);
    }

    @Override
    public Moment carry(Node.Carry node) {
      return ready(node);
    }

    @Override
    public Moment next(Node.Next node) {
      return ready(node);
    }

    @Override
    public Moment hostCall(Node.HostCall node) {
      return ready(node);
    }

    @Override
    public Moment save(Node.Save node) {
      return ready(node);
    }
  }

  /** When a node has happened for the last time, for a node inside or outside a loop. */
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
}
