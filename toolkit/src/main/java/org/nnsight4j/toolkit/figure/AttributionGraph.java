package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.RunException;

/**
 * Which parts of a model act on which: nodes in rows by layer, from below, and in columns by token;
 * edges in the colour and width of their weights. In the page, the node under the pointer or in
 * focus shows its edges alone and tells the strongest. Immutable.
 *
 * <pre>{@code
 * AttributionGraph.of("Why _Paris?")
 *     .tokens(List.of("The", "_Eiffel"))
 *     .node(GraphNode.of(GraphNode.Kind.EMBEDDING, "e1", "_Eiffel", -1).at(1))
 *     .node(GraphNode.of(GraphNode.Kind.LOGIT, "paris", "_Paris", 4).at(1))
 *     .edge("e1", "paris", 2.5)
 *     .write(Path.of("graph.html"));
 * }</pre>
 */
public final class AttributionGraph implements Figure {
  private final String title;
  private final List<String> tokens;
  private final Map<String, GraphNode> nodes;
  private final List<Edge> edges;

  record Edge(String from, String to, double weight, String label) {
    String shown() {
      return Scale.number(weight) + (label.isEmpty() ? "" : " " + label);
    }
  }

  private AttributionGraph(
      String title, List<String> tokens, Map<String, GraphNode> nodes, List<Edge> edges) {
    this.title = title;
    this.tokens = List.copyOf(tokens);
    this.nodes = nodes;
    this.edges = edges;
  }

  /** A graph without nodes. */
  public static AttributionGraph of(String title) {
    return new AttributionGraph(title, List.of(), Map.of(), List.of());
  }

  /**
   * The tokens of the prompt, below the columns.
   *
   * @param prompt as {@link Labels#token} writes them
   */
  public AttributionGraph tokens(List<String> prompt) {
    return new AttributionGraph(title, prompt, nodes, edges);
  }

  /**
   * Adds a node.
   *
   * @throws RunException if there is one of this id
   */
  public AttributionGraph node(GraphNode node) {
    return nodes(List.of(node));
  }

  /** Adds several nodes. */
  public AttributionGraph nodes(List<GraphNode> more) {
    Map<String, GraphNode> all = new LinkedHashMap<>(nodes);
    for (GraphNode node : more) {
      if (all.put(node.id(), node) != null) {
        throw new RunException("node '%s' is there twice".formatted(node.id()));
      }
    }
    return new AttributionGraph(title, tokens, all, edges);
  }

  /**
   * Adds an edge between two nodes that are there.
   *
   * @param from the id of the node that acts
   * @param to the id of the node on which it acts
   */
  public AttributionGraph edge(String from, String to, double weight) {
    return edge(from, to, weight, "");
  }

  /**
   * Adds an edge with a name, where there are several between two nodes.
   *
   * @param label for example {@code keys}
   */
  public AttributionGraph edge(String from, String to, double weight, String label) {
    for (String end : List.of(from, to)) {
      if (!nodes.containsKey(end)) {
        throw new RunException(
            "there is no node '%s' for an edge; add the nodes first".formatted(end));
      }
    }
    List<Edge> more = new ArrayList<>(edges);
    more.add(new Edge(from, to, weight, label));
    return new AttributionGraph(title, tokens, nodes, more);
  }

  /**
   * The graph with the edges of the largest absolute weights alone, and the nodes at their ends.
   */
  public AttributionGraph strongest(int count) {
    List<Edge> kept = strongestEdges(count);
    Map<String, GraphNode> ends = new LinkedHashMap<>();
    nodes.forEach(
        (id, node) -> {
          if (kept.stream().anyMatch(edge -> edge.from.equals(id) || edge.to.equals(id))) {
            ends.put(id, node);
          }
        });
    return new AttributionGraph(title, tokens, ends, kept);
  }

  /** In their own order. */
  List<Edge> strongestEdges(int count) {
    List<Edge> sorted =
        edges.stream()
            .sorted(Comparator.comparingDouble((Edge edge) -> -Math.abs(edge.weight)))
            .limit(count)
            .toList();
    return edges.stream().filter(new HashSet<>(sorted)::contains).toList();
  }

  @Override
  public String title() {
    return title;
  }

  /** The strongest edges. */
  @Override
  public String text(int width) {
    Heatmap table = Heatmap.of(title, Scale.UNIT).columns("from", List.of("to", "weight"));
    List<Edge> sorted = new ArrayList<>(strongestEdges(40));
    sorted.sort(Comparator.comparingDouble(edge -> -Math.abs(edge.weight)));
    for (Edge edge : sorted) {
      table =
          table.row(
              named(edge.from),
              List.of(Cell.of(named(edge.to), 0), Cell.of(edge.shown(), edge.weight)));
    }
    return table.text(width);
  }

  String named(String id) {
    GraphNode node = node(id);
    return node.position() == GraphNode.EVERYWHERE
        ? node.label()
        : node.label() + " @" + node.position();
  }

  List<String> tokens() {
    return tokens;
  }

  List<GraphNode> nodes() {
    return List.copyOf(nodes.values());
  }

  List<Edge> edges() {
    return edges;
  }

  private GraphNode node(String id) {
    GraphNode node = nodes.get(id);
    if (node == null) {
      throw new IllegalStateException("there is no node '%s'".formatted(id));
    }
    return node;
  }

  @Override
  public String svg() {
    return new GraphPicture(this).draw();
  }

  @Override
  public String html() {
    return Page.of(title, svg(), "graph.js", JsonNodeFactory.instance.objectNode());
  }

  /**
   * The graph in Neuronpedia's schema of attribution graphs (Anthropic's, with {@code metadata},
   * {@code qParams}, {@code nodes} and {@code links}), which their page and circuit-tracer show.
   *
   * @param slug the name of the graph there
   * @param scan the name of the model there, for example {@code gemma-2-2b}
   * @param prompt the text
   * @param promptTokens its tokens as they are, with spaces
   */
  public String neuronpedia(String slug, String scan, String prompt, List<String> promptTokens) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata =
        json.putObject("metadata").put("slug", slug).put("scan", scan).put("prompt", prompt);
    promptTokens.forEach(metadata.putArray("prompt_tokens")::add);
    metadata
        .putObject("info")
        .put("description", title)
        .putObject("generator")
        .put("name", "nnsight4j");
    ObjectNode state = json.putObject("qParams").put("linkType", "both");
    state.putArray("pinnedIds");
    state.putArray("supernodes");
    ArrayNode all = json.putArray("nodes");
    for (GraphNode node : nodes.values()) {
      ObjectNode one = all.addObject().put("node_id", node.id());
      node.feature()
          .ifPresentOrElse(index -> one.put("feature", index), () -> one.putNull("feature"));
      one.put("layer", node.layer() < 0 ? "E" : String.valueOf(node.layer()))
          .put("ctx_idx", Math.max(0, node.position()))
          .put("feature_type", node.kind().neuronpedia())
          .put("jsNodeId", node.id() + "-0")
          .put("clerp", node.label());
      node.influence().ifPresent(share -> one.put("influence", share));
      node.activation().ifPresent(value -> one.put("activation", value));
    }
    ArrayNode links = json.putArray("links");
    edges.forEach(
        edge ->
            links
                .addObject()
                .put("source", edge.from)
                .put("target", edge.to)
                .put("weight", edge.weight));
    return json.toString();
  }
}
