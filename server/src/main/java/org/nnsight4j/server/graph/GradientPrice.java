package org.nnsight4j.server.graph;

import java.util.List;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.tensor.Dim;

/**
 * What gradients cost. Each goes back over everything that its number was computed from. Where
 * gradients are taken of gradients, what it computes is kept and gone over again, which costs about
 * three times as much each time.
 */
final class GradientPrice {
  private static final int BACKWARD = 2;

  /** Bytes and flops of everything that a value was computed from. */
  private static final class Behind {
    private static final Behind NOTHING = new Behind(0, 0, false);

    private final long bytes;
    private final long flops;

    /** Whether this includes the forward pass. */
    private final boolean passes;

    Behind(long bytes, long flops, boolean passes) {
      this.bytes = bytes;
      this.flops = flops;
      this.passes = passes;
    }
  }

  private final boolean again;
  private final long passBytes;
  private final long passFlops;
  private final int cuts;
  private final Behind[] behind;
  private Behind all = Behind.NOTHING;
  private boolean written;

  /**
   * Starts without nodes.
   *
   * @param again whether gradients are taken of gradients
   * @param passBytes the bytes of the forward passes
   * @param passFlops the flops of the forward passes
   */
  GradientPrice(Graph graph, boolean again, long passBytes, long passFlops) {
    this.again = again;
    this.passBytes = passBytes;
    this.passFlops = passFlops;
    this.behind = new Behind[graph.nodes().size()];
    this.cuts =
        (int) graph.nodes().stream().filter(node -> node instanceof Node.GradientWrite).count();
  }

  /**
   * Adds the next node; returns what it costs besides its value, {@code [bytes, flops]}.
   *
   * @param bytes the bytes of its value
   * @param flops the flops of its kernel
   * @param ways of a gradient, in how many directions it is taken
   */
  long[] add(Node node, long bytes, long flops, long ways) {
    long ownBytes = bytes;
    long ownFlops = flops;
    long[] more = new long[2];
    boolean passes = node instanceof Node.Read || node instanceof Node.Apply;
    if (node instanceof Node.Gradient gradient) {
      Behind number = again ? behind[gradient.scalar()] : all;
      // It goes back again from each place where a gradient is replaced.
      long rounds = Dim.product(BACKWARD * (1L + cuts), ways);
      more[1] = Dim.product(rounds, Dim.sum(number.flops, number.passes || !again ? passFlops : 0));
      if (again) {
        more[0] = Dim.product(rounds, Dim.sum(number.bytes, number.passes ? passBytes : 0));
      }
      ownBytes = Dim.sum(ownBytes, more[0]);
      ownFlops = Dim.sum(ownFlops, more[1]);
    }
    long sumBytes = ownBytes;
    long sumFlops = ownFlops;
    List<Integer> needs = node.needs();
    for (int need : needs) {
      sumBytes = Dim.sum(sumBytes, behind[need].bytes);
      sumFlops = Dim.sum(sumFlops, behind[need].flops);
      passes |= behind[need].passes;
    }
    all = new Behind(Dim.sum(all.bytes, ownBytes), Dim.sum(all.flops, ownFlops), true);
    // What several nodes share is counted several times, but never more than everything together. A
    // site depends on what was written before.
    boolean everything = node instanceof Node.Read && written;
    written |= node instanceof Node.Write || node instanceof Node.Skip;
    behind[node.id()] =
        new Behind(
            everything ? all.bytes : Math.min(sumBytes, all.bytes),
            everything ? all.flops : Math.min(sumFlops, all.flops),
            passes);
    return more;
  }
}
