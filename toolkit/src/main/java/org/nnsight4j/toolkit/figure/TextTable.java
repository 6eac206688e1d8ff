package org.nnsight4j.toolkit.figure;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.internal.spelling.Shown;

/** A heatmap as aligned text. */
final class TextTable {
  private static final String GAP = "  ";

  private final Heatmap heatmap;
  private final int nameWidth;
  private final List<Integer> widths = new ArrayList<>();

  TextTable(Heatmap heatmap) {
    this.heatmap = shown(heatmap);
    this.nameWidth =
        this.heatmap.rows().stream()
            .mapToInt(row -> Labels.columns(row.name()))
            .reduce(Labels.columns(this.heatmap.corner()), Math::max);
    for (int i = 0; i < this.heatmap.columns().size(); i++) {
      int column = i;
      widths.add(
          this.heatmap.rows().stream()
              .flatMap(row -> row.cells().get(column).lines().stream())
              .mapToInt(Labels::columns)
              .reduce(Labels.columns(this.heatmap.columns().get(column)), Math::max));
    }
  }

  /** The heatmap with text as a terminal can show it. */
  private static Heatmap shown(Heatmap heatmap) {
    Heatmap shown =
        Heatmap.of(Shown.line(heatmap.title()), heatmap.scale())
            .columns(
                Shown.line(heatmap.corner()), heatmap.columns().stream().map(Shown::line).toList());
    for (Heatmap.Row row : heatmap.rows()) {
      List<Cell> cells =
          row.cells().stream()
              .map(cell -> new Cell(lines(cell), cell.value(), cell.hint()))
              .toList();
      shown = shown.row(Shown.line(row.name()), cells);
    }
    return shown;
  }

  /** A terminal shows no colours, so that a cell that has only one shows its number. */
  private static List<String> lines(Cell cell) {
    return cell.lines().isEmpty() && Double.isFinite(cell.value())
        ? List.of(Scale.twoDigits(cell.value()))
        : cell.lines().stream().map(Shown::line).toList();
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
