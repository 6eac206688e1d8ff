package org.nnsight4j.toolkit.figure;

import java.util.ArrayList;
import java.util.List;

/** A heatmap as aligned text. */
final class TextTable {
  private static final String GAP = "  ";

  private final Heatmap heatmap;
  private final int nameWidth;
  private final List<Integer> widths = new ArrayList<>();

  TextTable(Heatmap heatmap) {
    this.heatmap = heatmap;
    this.nameWidth =
        heatmap.rows().stream()
            .mapToInt(row -> Labels.columns(row.name()))
            .reduce(Labels.columns(heatmap.corner()), Math::max);
    for (int i = 0; i < heatmap.columns().size(); i++) {
      int column = i;
      widths.add(
          heatmap.rows().stream()
              .flatMap(row -> row.cells().get(column).lines().stream())
              .mapToInt(Labels::columns)
              .reduce(Labels.columns(heatmap.columns().get(column)), Math::max));
    }
  }

  /** As many columns side by side as fit; at least one. */
  String wrapped(int width) {
    StringBuilder text = new StringBuilder(heatmap.title()).append('\n');
    int from = 0;
    do {
      int used = nameWidth;
      int to = from;
      while (to < widths.size() && (to == from || used + GAP.length() + widths.get(to) <= width)) {
        used += GAP.length() + widths.get(to);
        to++;
      }
      text.append('\n');
      block(text, from, to);
      from = to;
    } while (from < widths.size());
    return text.toString();
  }

  private void block(StringBuilder text, int from, int to) {
    line(text, heatmap.corner(), heatmap.columns().subList(from, to), from);
    for (Heatmap.Row row : heatmap.rows()) {
      List<Cell> cells = row.cells().subList(from, to);
      for (int i = 0; i < Heatmap.height(cells); i++) {
        int level = i;
        List<String> parts =
            cells.stream()
                .map(cell -> level < cell.lines().size() ? cell.lines().get(level) : "")
                .toList();
        line(text, i == 0 ? row.name() : "", parts, from);
      }
    }
  }

  private void line(StringBuilder text, String name, List<String> parts, int from) {
    StringBuilder line = new StringBuilder(Labels.padded(name, nameWidth));
    for (int i = 0; i < parts.size(); i++) {
      line.append(GAP).append(Labels.padded(parts.get(i), widths.get(from + i)));
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }
}
