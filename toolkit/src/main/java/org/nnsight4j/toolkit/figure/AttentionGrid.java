package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.error.RunException;

/**
 * Attention patterns side by side, one row of small squares for each layer. In the page, the head
 * under the pointer or in focus is also shown large, with its tokens and numbers. Queries go down,
 * keys go right. Immutable: {@link #head} returns a new grid.
 */
public final class AttentionGrid implements Figure {
  /** Up to this many numbers, each has 4,095 levels in a page; beyond, 63. */
  private static final int FINE = 45_000;

  private static final int SIDE = 96;
  private static final int GAP = 10;

  private final String title;
  private final List<String> tokens;
  private final List<Head> heads;

  /** One small square. */
  private record Head(int layer, int head, double[][] pattern) {}

  private AttentionGrid(String title, List<String> tokens, List<Head> heads) {
    this.title = title;
    this.tokens = List.copyOf(tokens);
    this.heads = List.copyOf(heads);
  }

  /**
   * A grid without heads.
   *
   * @param tokens as {@link Labels#token} writes them
   */
  public static AttentionGrid of(String title, List<String> tokens) {
    return new AttentionGrid(title, tokens, List.of());
  }

  /**
   * Adds a head.
   *
   * @param pattern {@code [query][key]}; keys after the query are not shown
   */
  public AttentionGrid head(int layer, int head, double[][] pattern) {
    if (pattern.length != tokens.size()) {
      throw new RunException(
          "head %s of layer %s has %s queries for %s tokens"
              .formatted(head, layer, pattern.length, tokens.size()));
    }
    List<Head> more = new ArrayList<>(heads);
    more.add(new Head(layer, head, pattern));
    return new AttentionGrid(title, tokens, more);
  }

  @Override
  public String title() {
    return title;
  }

  /** For each head and query, the key that gets most, and how much. */
  @Override
  public String text(int width) {
    Heatmap table = Heatmap.of(title, Scale.UNIT).columns("head", tokens);
    for (Head head : heads) {
      List<Cell> cells = new ArrayList<>();
      for (int query = 0; query < tokens.size(); query++) {
        int best = 0;
        for (int key = 1; key <= query; key++) {
          best = head.pattern[query][key] > head.pattern[query][best] ? key : best;
        }
        double most = head.pattern[query][best];
        cells.add(Cell.of(tokens.get(best) + " " + Labels.percent(most), most));
      }
      table = table.row(head.layer + "." + head.head, cells);
    }
    return table.text(width);
  }

  @Override
  public String svg() {
    Svg svg = new Svg();
    svg.text(Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", title, " font-weight=\"bold\"");
    svg.legend(Scale.UNIT, Svg.MARGIN, Svg.MARGIN + 2 * Svg.LINE - 4);
    int names = Svg.MARGIN + Svg.width("layer 00") + Svg.PADDING;
    int top = Svg.MARGIN + 4 * Svg.LINE;
    Map<Integer, Integer> rows = new TreeMap<>();
    heads.forEach(head -> rows.putIfAbsent(head.layer, 0));
    int index = 0;
    for (Map.Entry<Integer, Integer> row : rows.entrySet()) {
      row.setValue(index++);
      svg.text(
          names - Svg.PADDING,
          top + row.getValue() * (SIDE + GAP) + SIDE / 2.0,
          "end",
          "i",
          "layer " + row.getKey());
    }
    int columns = 0;
    for (Head head : heads) {
      int column = head.head;
      columns = Math.max(columns, column + 1);
      int x = names + column * (SIDE + GAP);
      int y = top + rows.getOrDefault(head.layer, 0) * (SIDE + GAP);
      svg.append("<g><title>layer %s, head %s</title>", head.layer, head.head);
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"g b\"/>", x, y, SIDE, SIDE);
      square(svg, head, x, y);
      svg.raw("</g>\n");
    }
    for (int i = 0; i < columns; i++) {
      svg.text(names + i * (SIDE + GAP) + SIDE / 2.0, top - 6, "middle", "i", "" + i);
    }
    return svg.document(
        title,
        Math.max(
            names + columns * (SIDE + GAP) + Svg.MARGIN,
            2 * Svg.MARGIN + Math.max(Svg.width(title), Svg.legendWidth(Scale.UNIT))),
        top + rows.size() * (SIDE + GAP) + (double) Svg.MARGIN);
  }

  private void square(Svg svg, Head head, int x, int y) {
    Map<Integer, StringBuilder> paths = new TreeMap<>();
    Map<Integer, int[]> ends = new TreeMap<>();
    for (int query = 0; query < tokens.size(); query++) {
      for (int key = 0; key <= query; key++) {
        // A quarter of the levels: the square is small.
        int level = Scale.UNIT.level(head.pattern[query][key]) / 4 * 4;
        if (level == 0) {
          continue;
        }
        StringBuilder path = paths.computeIfAbsent(level, any -> new StringBuilder());
        int[] end = ends.computeIfAbsent(level, any -> new int[2]);
        path.append(path.isEmpty() ? 'M' : 'm')
            .append(key - end[0])
            .append(' ')
            .append(query - end[1])
            .append("h1");
        end[0] = key + 1;
        end[1] = query;
      }
    }
    double side = SIDE / (double) tokens.size();
    svg.raw(
        String.format(
            Locale.ROOT,
            "<g transform=\"translate(%s %s) scale(%.4f)\">",
            x,
            Svg.place(y + side / 2),
            side));
    paths.forEach(
        (level, path) -> svg.append("<path class=\"%s\" d=\"%s\"/>", svg.stroke(level), path));
    svg.raw("</g>");
  }

  /** With a large view of one head. */
  @Override
  public String html() {
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("title", title);
    tokens.forEach(data.withArray("tokens")::add);
    int perHead = tokens.size() * (tokens.size() + 1) / 2;
    int characters = perHead * heads.size() <= FINE ? 2 : 1;
    data.put("characters", characters);
    for (Head head : heads) {
      StringBuilder levels = new StringBuilder(perHead * characters);
      for (int query = 0; query < tokens.size(); query++) {
        for (int key = 0; key <= query; key++) {
          String level = Level.of(head.pattern[query][key], 0, 1);
          levels.append(level, 0, characters);
        }
      }
      data.withArray("heads")
          .addObject()
          .put("layer", head.layer)
          .put("head", head.head)
          .put("levels", levels.toString());
    }
    String body =
        """
        <h1 style="font-size:1rem">%s</h1>
        <div style="display:flex;flex-wrap:wrap;gap:2rem;align-items:flex-start">
        <canvas id="large" role="img" aria-label="the chosen head, large"></canvas>
        <div id="heads" role="listbox" aria-label="heads"></div>
        </div>
        """
            .formatted(Labels.xml(title));
    return Page.of(title, body, "attention.js", data);
  }
}
