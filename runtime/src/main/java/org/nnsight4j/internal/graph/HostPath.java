package org.nnsight4j.internal.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds host calls between two values, even if the path goes through the model. */
final class HostPath {
  private HostPath() {}

  /** A host call that a number depends on and that comes after a target; or null. */
  static Node.@Nullable HostCall find(
      Recording recording, RecordedValue<?> scalar, RecordedValue<?> target) {
    Deque<Integer> open = new ArrayDeque<>(List.of(scalar.id()));
    Set<Integer> seen = new HashSet<>(open);
    boolean writes = false;
    while (!open.isEmpty()) {
      Node node = recording.node(open.pop());
      RecordedValue<?> value = recording.value(node.id());
      boolean floating = value.dtype().isFloating();
      if (node.id() == target.id() || !floating || isBefore(value, target)) {
        continue;
      }
      if (node instanceof Node.HostCall host) {
        return host;
      }
      node.needs().stream().filter(seen::add).forEach(open::push);
      if (node instanceof Node.Read && !writes) {
        // The model carries earlier writes forward, so any read can depend on them.
        writes = true;
        for (int id = 0; id < recording.size(); id++) {
          if ((recording.node(id) instanceof Node.Write || recording.node(id) instanceof Node.Skip)
              && !isBefore(scalar, recording.value(id))
              && seen.add(id)) {
            open.push(id);
          }
        }
      }
    }
    return null;
  }

  private static boolean isBefore(RecordedValue<?> value, RecordedValue<?> other) {
    return value.moment().compareTo(other.moment()) < 0;
  }
}
