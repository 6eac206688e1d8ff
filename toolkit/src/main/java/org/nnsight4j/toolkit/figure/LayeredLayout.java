package org.nnsight4j.toolkit.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nnsight4j.error.RunException;

/**
 * Where the nodes of a graph stand: layers are rows, from below, tokens are columns. Inside of a
 * row nodes are sorted by the mean place of their neighbours (Sugiyama et al. 1981), so that fewer
 * edges cross. The same graph gives the same places.
 */
final class LayeredLayout {
  static final int BOX = 22;
  static final int ROW = 76;
  private static final int GAP = 10;
  private static final int SWEEPS = 8;

  /** A node with its box. */
  record Box(GraphNode node, String label, double x, double y, int width) {
    double middle() {
      return x + width / 2.0;
    }
  }

  private final Map<String, Box> boxes = new HashMap<>();
  private final List<Box> order = new ArrayList<>();
  private final TreeMap<Integer, List<GraphNode>> rows;
  private final Map<Integer, Double> columns = new TreeMap<>();
  private double right;
  private double bottom;

  /**
   * Places nodes.
   *
   * @param neighbours of each node, by its id
   */
  LayeredLayout(
      List<GraphNode> nodes, Map<String, List<String>> neighbours, double left, double top) {
    rows =
        nodes.stream()
            .collect(
                Collectors.groupingBy(
                    LayeredLayout::row, TreeMap::new, Collectors.toCollection(ArrayList::new)));
    rows.values().forEach(row -> row.sort(Comparator.comparingInt(GraphNode::position)));
    sort(neighbours);
    place(left, top);
  }

  private void sort(Map<String, List<String>> neighbours) {
    Map<String, Double> places = new HashMap<>();
    rows.values().forEach(row -> remember(row, places));
    List<List<GraphNode>> layers = new ArrayList<>(rows.values());
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      boolean upward = sweep % 2 == 0;
      for (int i = 0; i < layers.size(); i++) {
        List<GraphNode> row = layers.get(upward ? i : layers.size() - 1 - i);
        Map<String, Double> wanted = new HashMap<>();
        for (GraphNode node : row) {
          wanted.put(
              node.id(),
              neighbours.getOrDefault(node.id(), List.of()).stream()
                  .mapToDouble(id -> places.getOrDefault(id, 0.5))
                  .average()
                  .orElse(places.getOrDefault(node.id(), 0.5)));
        }
        row.sort(
            Comparator.comparingInt(GraphNode::position)
                .thenComparingDouble(node -> wanted.getOrDefault(node.id(), 0.5)));
        remember(row, places);
      }
    }
  }

  /** Places from 0 to 1, so that rows of other lengths can be compared. */
  private static void remember(List<GraphNode> row, Map<String, Double> places) {
    for (int i = 0; i < row.size(); i++) {
      places.put(row.get(i).id(), (i + 0.5) / row.size());
    }
  }

  private void place(double left, double top) {
    TreeMap<Integer, Double> widths = new TreeMap<>();
    for (List<GraphNode> row : rows.values()) {
      Map<Integer, Double> own = new TreeMap<>();
      row.forEach(node -> own.merge(node.position(), (double) width(node) + GAP, Double::sum));
      own.forEach((position, width) -> widths.merge(position, width, Math::max));
    }
    double x = left;
    for (Map.Entry<Integer, Double> column : widths.entrySet()) {
      columns.put(column.getKey(), x + column.getValue() / 2);
      x += column.getValue() + GAP;
    }
    right = x;
    double y = top;
    for (List<GraphNode> row : rows.descendingMap().values()) {
      for (Map.Entry<Integer, Double> column : columns.entrySet()) {
        List<GraphNode> cell =
            row.stream().filter(node -> node.position() == column.getKey()).toList();
        double all = cell.stream().mapToDouble(node -> width(node) + (double) GAP).sum();
        double at = column.getValue() - all / 2 + GAP / 2.0;
        for (GraphNode node : cell) {
          Box box = new Box(node, label(node), at, y, width(node));
          boxes.put(node.id(), box);
          order.add(box);
          at += box.width + GAP;
        }
      }
      y += ROW;
    }
    bottom = y - ROW + BOX;
  }

  /** The MLP of a layer reads what its heads write. */
  private static int row(GraphNode node) {
    return 2 * node.layer() + (node.kind() == GraphNode.Kind.HEAD ? 0 : 1);
  }

  private static String label(GraphNode node) {
    return Labels.shortened(node.label(), 20);
  }

  private static int width(GraphNode node) {
    return Math.max(28, Svg.width(label(node)) + 2 * Svg.PADDING);
  }

  /** All boxes, row by row from above, each from left to right. */
  List<Box> boxes() {
    return order;
  }

  Box box(String id) {
    Box box = boxes.get(id);
    if (box == null) {
      throw new RunException("there is no node '%s'".formatted(id));
    }
    return box;
  }

  /** The middle of each token's column. */
  Map<Integer, Double> columns() {
    return columns;
  }

  double right() {
    return right;
  }

  double bottom() {
    return bottom;
  }
}
