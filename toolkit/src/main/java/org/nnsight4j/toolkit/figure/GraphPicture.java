package org.nnsight4j.toolkit.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.toolkit.figure.AttributionGraph.Edge;

/** An attribution graph as an SVG document. */
final class GraphPicture {
  /** More lines than that show nothing, and would make a large file. */
  private static final int MOST_EDGES = 400;

  private static final int TOLD = 6;

  /** Between edges with the same ends. */
  private static final int APART = 7;

  private final AttributionGraph graph;

  GraphPicture(AttributionGraph graph) {
    this.graph = graph;
  }

  private Scale scale() {
    return Scale.signedFor(graph.edges().stream().mapToDouble(Edge::weight).toArray())
        .unit("weight");
  }

  private LayeredLayout layout() {
    Map<String, List<String>> neighbours = new HashMap<>();
    for (Edge edge : graph.edges()) {
      neighbours.computeIfAbsent(edge.from(), any -> new ArrayList<>()).add(edge.to());
      neighbours.computeIfAbsent(edge.to(), any -> new ArrayList<>()).add(edge.from());
    }
    return new LayeredLayout(graph.nodes(), neighbours, Svg.MARGIN, Svg.MARGIN + 5.0 * Svg.LINE);
  }

  String draw() {
    LayeredLayout layout = layout();
    Scale scale = scale();
    Svg svg = new Svg();
    svg.text(
        Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", graph.title(), " font-weight=\"bold\"");
    svg.legend(scale, Svg.MARGIN, Svg.MARGIN + 2 * Svg.LINE - 4);
    List<Edge> drawn = graph.strongestEdges(MOST_EDGES);
    String note =
        drawn.size() < graph.edges().size()
            ? "the %s strongest of %s edges".formatted(drawn.size(), graph.edges().size())
            : "%s edges".formatted(graph.edges().size());
    svg.text(Svg.MARGIN, Svg.MARGIN + 3.5 * Svg.LINE, "start", "m", note);
    List<LayeredLayout.Box> boxes = layout.boxes();
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < boxes.size(); i++) {
      index.put(boxes.get(i).node().id(), i);
    }
    svg.raw("<g fill=\"none\">\n");
    Map<String, Integer> parallel = new HashMap<>();
    for (Edge edge : drawn) {
      int before = parallel.merge(edge.from() + "\n" + edge.to(), 1, Integer::sum) - 1;
      draw(
          svg, scale, layout, edge, index, APART * ((before + 1) / 2) * (before % 2 == 0 ? 1 : -1));
    }
    svg.raw("</g>\n");
    for (LayeredLayout.Box box : boxes) {
      draw(svg, box);
    }
    layout
        .columns()
        .forEach(
            (position, middle) -> {
              if (position >= 0 && position < graph.tokens().size()) {
                svg.text(
                    middle,
                    layout.bottom() + 24,
                    "middle",
                    "m",
                    Labels.shortened(graph.tokens().get(position), 20));
              }
            });
    return svg.document(
        graph.title(),
        Math.max(
            layout.right() + Svg.MARGIN,
            2.0 * Svg.MARGIN + Math.max(Svg.width(graph.title()), Svg.legendWidth(scale))),
        layout.bottom() + 24 + 2.0 * Svg.MARGIN);
  }

  private void draw(
      Svg svg,
      Scale scale,
      LayeredLayout layout,
      Edge edge,
      Map<String, Integer> index,
      int aside) {
    LayeredLayout.Box from = layout.box(edge.from());
    LayeredLayout.Box to = layout.box(edge.to());
    boolean up = from.y() > to.y();
    double start = up ? from.y() : from.y() + LayeredLayout.BOX;
    double end = up ? to.y() + LayeredLayout.BOX : to.y();
    double bend = (end - start) / 2;
    // Past the boxes between, which it would otherwise run behind.
    double bow = Math.abs(end - start) > 2 * LayeredLayout.ROW ? aside + Math.abs(bend) / 4 : 0;
    double share = Math.min(1, Math.abs(edge.weight()) / scale.high());
    // A line of the colour of zero could not be seen.
    int level = (int) Math.copySign(Scale.LEVELS / 2.0 * (1 + share), edge.weight());
    svg.append(
        "<path class=\"%s\" data-e=\"%s %s\" stroke-width=\"%s\" d=\"M%s %sC%s %s %s %s %s %s\"><title>%s</title></path>\n",
        svg.stroke(level),
        index.get(edge.from()),
        index.get(edge.to()),
        Svg.place(0.6 + 3.4 * share),
        Svg.place(from.middle()),
        Svg.place(start),
        Svg.place(from.middle() + bow),
        Svg.place(start + bend),
        Svg.place(to.middle() + aside + bow),
        Svg.place(end - bend),
        Svg.place(to.middle() + aside),
        Svg.place(end),
        Labels.xml(
            "%s -> %s: %s"
                .formatted(graph.named(edge.from()), graph.named(edge.to()), edge.shown())));
  }

  private void draw(Svg svg, LayeredLayout.Box box) {
    String told = Labels.xml(told(box.node()));
    svg.append("<g tabindex=\"-1\" data-h=\"%s\"><title>%s</title>", told, told);
    svg.append(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"4\" class=\"b %s\" stroke-width=\"1.5\"/>",
        Svg.place(box.x()),
        Svg.place(box.y()),
        box.width(),
        LayeredLayout.BOX,
        svg.series(colour(box.node().kind()), "stroke"));
    svg.text(box.middle(), box.y() + 15, "middle", "i", box.label());
    svg.raw("</g>\n");
  }

  /** None that edges have. */
  private static int colour(GraphNode.Kind kind) {
    return switch (kind) {
      case EMBEDDING, LOGIT -> 5;
      case FEATURE, MLP -> 3;
      case HEAD -> 2;
      case ERROR -> 4;
    };
  }

  private String told(GraphNode node) {
    StringBuilder told = new StringBuilder(graph.named(node.id()));
    told.append(" (").append(node.kind().neuronpedia());
    told.append(node.layer() < 0 ? ")" : ", layer " + node.layer() + ")");
    node.activation().ifPresent(value -> told.append(", active ").append(Scale.number(value)));
    told.append(strongest("in:", node.id(), false)).append(strongest("out:", node.id(), true));
    return told.toString();
  }

  private String strongest(String name, String id, boolean out) {
    List<String> ends =
        graph.edges().stream()
            .filter(edge -> (out ? edge.from() : edge.to()).equals(id))
            .sorted(Comparator.comparingDouble((Edge edge) -> -Math.abs(edge.weight())))
            .limit(TOLD)
            .map(edge -> graph.named(out ? edge.to() : edge.from()) + " " + edge.shown())
            .toList();
    return ends.isEmpty() ? "" : "\n" + name + " " + String.join(", ", ends);
  }
}
