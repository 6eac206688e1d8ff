package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.toolkit.figure.AttributionGraph;
import org.nnsight4j.toolkit.figure.GraphNode;

/** A circuit as a figure. */
final class CircuitGraph {
  private CircuitGraph() {}

  static AttributionGraph of(Circuit circuit, String title, List<String> tokens) {
    List<GraphNode> nodes = new ArrayList<>();
    for (CircuitNode node : circuit.nodes()) {
      nodes.add(node(node, circuit.sizes().layers()));
    }
    AttributionGraph graph = AttributionGraph.of(title).tokens(tokens).nodes(nodes);
    for (CircuitEdge edge : circuit.included()) {
      String label =
          switch (edge.input()) {
            case Q -> "queries";
            case K -> "keys";
            case V -> "values";
            case WHOLE -> "";
          };
      // An edge of a file may have no score.
      double score = Double.isNaN(edge.score()) ? 0 : edge.score();
      graph = graph.edge(edge.source().name(), edge.target().name(), score, label);
    }
    return graph;
  }

  private static GraphNode node(CircuitNode node, int layers) {
    GraphNode.Kind kind =
        switch (node.kind()) {
          case EMBEDDING -> GraphNode.Kind.EMBEDDING;
          case HEAD, KEY_VALUE_HEAD -> GraphNode.Kind.HEAD;
          case MLP -> GraphNode.Kind.MLP;
          case LOGITS -> GraphNode.Kind.LOGIT;
        };
    int layer = node.kind() == CircuitNode.Kind.LOGITS ? layers : node.layer();
    GraphNode drawn =
        GraphNode.of(kind, node.name(), node.at(CircuitNode.EVERYWHERE).name(), layer);
    return node.position() == CircuitNode.EVERYWHERE ? drawn : drawn.at(node.position());
  }
}
