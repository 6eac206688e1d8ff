package org.nnsight4j.internal.run;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.plan.InferredMetas;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * Reductions along the positions of rows that differ in length, whose numbers depend on padding.
 */
final class CountedPadding {
  private final Plan plan;
  private final Frame frame;

  private CountedPadding(Plan plan, Frame frame) {
    this.plan = plan;
    this.frame = frame;
  }

  /**
   * A warning for each.
   *
   * @param frame the pass over the prompts
   */
  static List<String> warnings(Plan plan, Blueprint blueprint, Frame frame) {
    boolean reduces =
        plan.graph().nodes().stream()
            .anyMatch(node -> node instanceof Node.Call call && OpTable.isReduction(call.op()));
    List<String> warnings = new ArrayList<>();
    if (!frame.padded() || !reduces) {
      return warnings;
    }
    List<Meta> metas = InferredMetas.of(plan.graph(), blueprint);
    CountedPadding padding = new CountedPadding(plan, frame);
    for (Node node : plan.graph().nodes()) {
      if (node instanceof Node.Call call
          && plan.isScheduled(call.id())
          && !plan.isOfEdit(call.id())
          && OpTable.isReduction(call.op())
          && plan.moment(call.id()).step() <= 0) {
        int operand = call.needs().get(0);
        long[] lengths = padding.lengths(operand);
        if (lengths.length > 0 && alongPositions(call, metas.get(operand).dims())) {
          warnings.add(warning(call, lengths));
        }
      }
    }
    return warnings;
  }

  private static String warning(Node.Call call, long[] lengths) {
    String written = OpTable.written(call.op());
    String instead =
        List.of("mean", "sum", "max", "min").contains(written)
            ? written + "OverTokens() is of each row's own tokens alone"
            : "fillPadding(number)." + written + "(...) says what padding counts as";
    return "%s counts padding: the rows of this list have %s to %s tokens, and shorter ones are filled up; %s"
        .formatted(
            call.describe(),
            Arrays.stream(lengths).min().orElse(0),
            Arrays.stream(lengths).max().orElse(0),
            instead);
  }

  private static boolean alongPositions(Node.Call call, Dims dims) {
    int position = dims.find(Dim.POSITION);
    if (position < 0) {
      return false;
    }
    Arg axes = call.args().get(1);
    if (axes instanceof Arg.Int one) {
      return dims.axis(one.value()) == position;
    }
    long[] all = ((Arg.Ints) axes).toArray();
    return all.length == 0 || Arrays.stream(all).anyMatch(axis -> dims.axis(axis) == position);
  }

  /** The lengths of the rows that a value is computed from, if they differ and padding matters. */
  private long[] lengths(int value) {
    Deque<Integer> open = new ArrayDeque<>(List.of(value));
    Set<Integer> seen = new HashSet<>();
    while (!open.isEmpty()) {
      Node node = plan.graph().node(open.pop());
      if (!seen.add(node.id())) {
        continue;
      }
      if (node instanceof Node.Read read) {
        long[] lengths = frame.unequalLengths(read.invoker());
        if (lengths.length > 0) {
          return lengths;
        }
      } else if (!(node instanceof Node.Call call && call.op().equals("fill_padding"))) {
        open.addAll(node.needs());
      }
    }
    return new long[0];
  }
}
