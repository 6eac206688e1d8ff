package org.nnsight4j.server.execute;

import java.util.ArrayList;
import java.util.List;

/**
 * What a request costs, computed only from the request and the shapes of the model.
 *
 * @param nodes the nodes of the graph
 * @param bytes the bytes in use at the same time, including results
 * @param flops the operations of the forward passes and of the graph
 * @param steps the steps of generation
 */
public record Budget(long nodes, long bytes, long flops, long steps) {
  public static final Budget NOTHING = new Budget(0, 0, 0, 0);

  /** The sum for two runs of one job, saturating at the largest number. */
  public Budget plus(Budget other) {
    return new Budget(
        sum(nodes, other.nodes),
        sum(bytes, other.bytes),
        sum(flops, other.flops),
        sum(steps, other.steps));
  }

  private static long sum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** How this exceeds {@code limit}; empty if it does not. */
  public List<String> over(Budget limit) {
    List<String> over = new ArrayList<>();
    compare(over, "nodes", nodes, limit.nodes);
    compare(over, "bytes", bytes, limit.bytes);
    compare(over, "flops", flops, limit.flops);
    compare(over, "steps", steps, limit.steps);
    return over;
  }

  private static void compare(List<String> over, String name, long found, long limit) {
    if (found < 0 || found > limit) {
      over.add("at most %s %s, found %s".formatted(limit, name, found));
    }
  }
}
