package org.nnsight4j.toolkit.circuit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;

/** A circuit that names keys and values by heads of queries, for a model in which these share. */
final class Grouping {
  private Grouping() {}

  static Circuit of(Circuit circuit, int keyValueHeads) {
    CircuitSizes own = circuit.sizes();
    if (own.grouped() || own.heads() % keyValueHeads != 0) {
      throw new RunException(
          "%s heads with %s of keys and values cannot become %s of keys and values"
              .formatted(own.heads(), own.keyValueHeads(), keyValueHeads));
    }
    CircuitSizes sizes =
        new CircuitSizes(own.layers(), own.heads(), keyValueHeads, own.parallel(), own.width());
    Map<String, CircuitEdge> edges = new LinkedHashMap<>();
    for (CircuitEdge edge : circuit.edges()) {
      CircuitNode target = edge.target();
      boolean shared = edge.input() == Input.K || edge.input() == Input.V;
      CircuitEdge mine =
          new CircuitEdge(
              edge.source(),
              shared
                  ? CircuitNode.keyValueHead(target.layer(), target.head() / sizes.group())
                      .at(target.position())
                  : target,
              edge.input(),
              edge.score(),
              edge.included());
      edges.merge(
          mine.name(),
          mine,
          (a, b) -> a.with(a.score() + b.score()).with(a.included() || b.included()));
    }
    return Circuit.of(sizes, List.copyOf(edges.values()));
  }
}
