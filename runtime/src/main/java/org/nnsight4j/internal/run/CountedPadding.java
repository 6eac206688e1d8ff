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
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * What mixes padding with tokens, or other tokens with each other, when the rows of a list differ
 * in length: reductions along positions, reductions over rows whose positions are not the same
 * tokens, and positions that are counted from the front of the padded rows.
 */
final class CountedPadding {
  private static final String GET = "get";

  private final Plan plan;
  private final Frame frame;
  private final Set<String> told = new HashSet<>();

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
    boolean any =
        plan.graph().nodes().stream()
            .anyMatch(node -> node instanceof Node.Call call && concerns(call.op()));
    List<String> warnings = new ArrayList<>();
    if (!frame.padded() || !any) {
      return warnings;
    }
    List<Meta> metas = InferredMetas.of(plan.graph(), blueprint);
    CountedPadding padding = new CountedPadding(plan, frame);
    for (Node node : plan.graph().nodes()) {
      if (node instanceof Node.Call call
          && plan.isScheduled(call.id())
          && !plan.isOfEdit(call.id())
          && concerns(call.op())
          && plan.moment(call.id()).step() <= 0) {
        int operand = call.needs().get(0);
        long[] lengths = padding.lengths(operand);
        if (lengths.length > 0) {
          padding.add(call, metas.get(operand).dims(), lengths, warnings);
        }
      }
    }
    return warnings;
  }

  private static boolean concerns(String op) {
    return OpTable.isReduction(op) || GET.equals(op);
  }

  private void add(Node.Call call, Dims dims, long[] lengths, List<String> warnings) {
    int position = dims.find(Dim.POSITION);
    if (position < 0) {
      return;
    }
    if (GET.equals(call.op())) {
      if (countsFromTheFront(call, position, lengths) && told.add(call.describe())) {
        warnings.add(countedFromTheFront(call, lengths));
      }
    } else if (isAlong(call, dims, position)) {
      warnings.add(warning(call, lengths));
    } else if (dims.find(Dim.BATCH) >= 0 && isAlong(call, dims, dims.find(Dim.BATCH))) {
      warnings.add(mixedRows(call, lengths));
    }
  }

  /**
   * Whether a part of the positions is not the same tokens in each row. The rows are padded on the
   * left, so that positions from the end are those of each row as far as the shortest row reaches.
   */
  private static boolean countsFromTheFront(Node.Call call, int position, long[] lengths) {
    long[] codes = ((Arg.Ints) call.args().get(1)).toArray();
    int axis = 0;
    for (int i = 0; i < codes.length; i += 4) {
      if (codes[i] == SliceCodes.NEW_AXIS) {
        continue;
      }
      if (axis == position) {
        long shortest = Arrays.stream(lengths).min().orElse(0);
        boolean all = codes[i + 1] == 0 && codes[i + 2] == SliceCodes.END && codes[i + 3] == 1;
        boolean ofEachRow =
            codes[i + 1] < 0
                && codes[i + 1] >= -shortest
                && (codes[i] == SliceCodes.AT
                    || codes[i + 2] < 0
                    || codes[i + 2] == SliceCodes.END);
        return !(codes[i] == SliceCodes.RANGE && all) && !ofEachRow;
      }
      axis++;
    }
    return false;
  }

  private static String countedFromTheFront(Node.Call call, long[] lengths) {
    return "%s counts positions in the padded rows: %s, so that one position is padding in one row and a token in another; at(position) counts in each row's own tokens"
        .formatted(call.describe(), filled(lengths));
  }

  private static String mixedRows(Node.Call call, long[] lengths) {
    return "%s goes over rows whose positions are not the same tokens: %s; take a position of each row first, as in at(-1).%s(0), or give texts of the same number of tokens"
        .formatted(call.describe(), filled(lengths), OpTable.written(call.op()));
  }

  private static String filled(long[] lengths) {
    return "the rows of this list have %s to %s tokens, and shorter ones are filled up on the left"
        .formatted(Arrays.stream(lengths).min().orElse(0), Arrays.stream(lengths).max().orElse(0));
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

  private static boolean isAlong(Node.Call call, Dims dims, int wanted) {
    Arg axes = call.args().get(1);
    if (axes instanceof Arg.Int one) {
      return dims.axis(one.value()) == wanted;
    }
    long[] all = ((Arg.Ints) axes).toArray();
    return all.length == 0 || Arrays.stream(all).anyMatch(axis -> dims.axis(axis) == wanted);
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
