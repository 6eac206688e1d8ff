package org.nnsight4j.toolkit.circuit;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which edges of a circuit lie on a way from the embedding to the logits. */
final class Pruning {
  private Pruning() {}

  static Set<CircuitEdge> of(Circuit circuit) {
    Set<CircuitEdge> left = new HashSet<>(circuit.included());
    boolean changed = true;
    while (changed) {
      Set<CircuitNode> writing = new HashSet<>();
      Set<CircuitNode> reading = new HashSet<>();
      for (CircuitEdge edge : left) {
        writing.add(whole(edge.source()));
        reading.add(whole(edge.target()));
      }
      int group = circuit.sizes().group();
      changed =
          left.removeIf(
              edge ->
                  !isFed(whole(edge.source()), reading, circuit.sizes())
                      || !isUsed(whole(edge.target()), writing, reading, group, circuit.sizes()));
    }
    return left;
  }

  private static CircuitNode whole(CircuitNode node) {
    return node.at(CircuitNode.EVERYWHERE);
  }

  /** A head is fed by an edge into its queries, or into the keys and values that it shares. */
  private static boolean isFed(CircuitNode source, Set<CircuitNode> reading, CircuitSizes sizes) {
    return source.kind() == CircuitNode.Kind.EMBEDDING
        || reading.contains(source)
        || (source.kind() == CircuitNode.Kind.HEAD
            && sizes.grouped()
            && reading.contains(
                CircuitNode.keyValueHead(source.layer(), source.head() / sizes.group())));
  }

  private static boolean isUsed(
      CircuitNode target,
      Set<CircuitNode> writing,
      Set<CircuitNode> reading,
      int group,
      CircuitSizes sizes) {
    return switch (target.kind()) {
      case LOGITS -> true;
      case KEY_VALUE_HEAD -> {
        List<CircuitNode> served =
            java.util.stream.IntStream.range(target.head() * group, (target.head() + 1) * group)
                .mapToObj(head -> CircuitNode.head(target.layer(), head))
                .toList();
        yield served.stream()
            .anyMatch(head -> writing.contains(head) && isFed(head, reading, sizes));
      }
      default -> writing.contains(target);
    };
  }
}
