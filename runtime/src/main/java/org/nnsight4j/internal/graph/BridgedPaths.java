package org.nnsight4j.internal.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.error.SourceLine;

/**
 * Values of earlier runs reach a run as numbers, so no gradient flows through what those runs
 * computed. Refuses a gradient that would silently lack such a part.
 */
final class BridgedPaths {
  private BridgedPaths() {}

  /**
   * Refuses the gradient of a number with respect to a value of an earlier run, if the number also
   * depends on what the earlier run computed from the value.
   */
  static void check(
      Recording recording, RecordedValue<?> scalar, RecordedValue<?> target, SourceLine line) {
    for (int node = 0; node < recording.size(); node++) {
      RecordedValue<?> source = recording.bridges().source(node);
      if (source == null || source == target || !source.dtype().isFloating()) {
        continue;
      }
      if (mayDepend(source, target) && reaches(recording, node, scalar)) {
        throw recording.fail(
            "gradient: the number depends on %s, which an earlier run may have computed from %s, and no gradient flows through an earlier run; compute it in this run, or take the gradient there"
                .formatted(source.describe(), target.describe()),
            line);
      }
    }
  }

  /** Whether one value may have been computed from another one, of its run or of an earlier run. */
  private static boolean mayDepend(RecordedValue<?> value, RecordedValue<?> target) {
    Recording run = value.recording();
    Deque<Integer> open = new ArrayDeque<>(List.of(value.id()));
    Set<Integer> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      int id = open.pop();
      RecordedValue<?> source = run.bridges().source(id);
      if (run == target.recording() && id == target.id()
          || source != null && (source == target || mayDepend(source, target))) {
        return true;
      }
      Node node = run.node(id);
      if (node instanceof Node.Read && computes(run, run.value(id), target)) {
        return true;
      }
      node.needs().stream().filter(seen::add).forEach(open::push);
    }
    return false;
  }

  /**
   * Whether a run's model may compute a site from a value: an earlier site, or a value that was
   * written.
   */
  private static boolean computes(Recording run, RecordedValue<?> site, RecordedValue<?> target) {
    boolean same = run == target.recording();
    boolean after =
        same
            ? site.moment().compareTo(target.moment()) >= 0
            : target.recording().bridges().isBefore(run);
    boolean ofModel = same && run.node(target.id()) instanceof Node.Read;
    return after && (ofModel || writes(run));
  }

  private static boolean writes(Recording run) {
    for (int node = 0; node < run.size(); node++) {
      if (run.node(node) instanceof Node.Write || run.node(node) instanceof Node.Skip) {
        return true;
      }
    }
    return false;
  }

  /** Whether a number may depend on a node of its run. */
  private static boolean reaches(Recording run, int node, RecordedValue<?> scalar) {
    Deque<Integer> open = new ArrayDeque<>(List.of(scalar.id()));
    Set<Integer> seen = new HashSet<>(open);
    boolean model = false;
    while (!open.isEmpty()) {
      int id = open.pop();
      if (id == node) {
        return true;
      }
      run.node(id).needs().stream().filter(seen::add).forEach(open::push);
      if (run.node(id) instanceof Node.Read && !model) {
        model = true;
        for (int other = 0; other < run.size(); other++) {
          boolean writes =
              run.node(other) instanceof Node.Write || run.node(other) instanceof Node.Skip;
          if (writes && seen.add(other)) {
            open.push(other);
          }
        }
      }
    }
    return false;
  }
}
