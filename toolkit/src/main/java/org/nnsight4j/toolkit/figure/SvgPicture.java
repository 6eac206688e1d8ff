package org.nnsight4j.toolkit.figure;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A heatmap as an SVG document. The more cells there are, the less each may contain: first the
 * hints go, then the text, and only the colours stay.
 */
final class SvgPicture {
  /** Up to this many cells, each has a hint. */
  static final int WITH_HINTS = 1_000;

  /** Up to this many cells, each has its text. */
  private static final int WITH_TEXT = 5_000;

  /** The side of a cell that has only a colour; a line of text fits next to it. */
  private static final int SIDE = 14;

  private final Heatmap heatmap;
  private final Svg svg = new Svg();
  private final boolean hasText;
  private final boolean hasHints;
  private final int[] lefts;
  private final int[] tops;

  SvgPicture(Heatmap heatmap) {
    this.heatmap = heatmap;
    int cells = heatmap.rows().size() * heatmap.columns().size();
    this.hasText = cells <= WITH_TEXT && (cells == 0 || heatmap.hasText());
    this.hasHints = cells <= WITH_HINTS;
    this.lefts = lefts();
    this.tops = tops();
  }

  /** Where each column begins, and where the last one ends. */
  int[] columnEnds() {
    return lefts.clone();
  }

  /** Where each row begins, and where the last one ends. */
  int[] rowEnds() {
    return tops.clone();
  }

  String draw() {
    String note = note();
    int titleWidth = Math.max(Svg.width(heatmap.title()), Svg.width(note));
    int right =
        Math.max(
            Math.max(lefts[lefts.length - 1], Svg.MARGIN + titleWidth),
            Svg.MARGIN + Svg.legendWidth(heatmap.scale()));
    svg.text(
        Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", heatmap.title(), " font-weight=\"bold\"");
    svg.legend(heatmap.scale(), Svg.MARGIN, Svg.MARGIN + 2 * Svg.LINE - 4);
    if (!note.isEmpty()) {
      svg.text(Svg.MARGIN, Svg.MARGIN + 3 * Svg.LINE + 4, "start", "m", note);
    }
    columnNames(tops[0] - Svg.LINE / 2);
    if (hasHints) {
      for (int i = 0; i < heatmap.rows().size(); i++) {
        row(heatmap.rows().get(i), tops[i]);
      }
    } else {
      for (int i = 0; i < heatmap.rows().size(); i++) {
        name(heatmap.rows().get(i), tops[i]);
      }
      if (hasText) {
        colours();
        texts();
      } else {
        lines();
      }
    }
    return svg.document(
        heatmap.title(), right + Svg.MARGIN, tops[tops.length - 1] + (double) Svg.MARGIN);
  }

  private String note() {
    return hasText || !heatmap.hasText()
        ? ""
        : "colours only: there are too many cells for their text";
  }

  private void columnNames(int y) {
    svg.text(lefts[0] - Svg.PADDING, y, "end", "m", heatmap.corner());
    List<String> columns = heatmap.columns();
    for (int i = 0; i < columns.size(); i++) {
      int middle = (lefts[i] + lefts[i + 1]) / 2;
      if (hasText) {
        svg.text(middle, y, "middle", "i", columns.get(i));
      } else {
        String turned = " transform=\"rotate(-90 %s %s)\"".formatted(middle + 4, y);
        svg.text(middle + 4, y, "start", "i", columns.get(i), turned);
      }
    }
  }

  private void name(Heatmap.Row row, int y) {
    svg.text(lefts[0] - Svg.PADDING, y + height(row) / 2 + 4, "end", "i", row.name());
  }

  private void row(Heatmap.Row row, int y) {
    int height = height(row);
    name(row, y);
    for (int i = 0; i < row.cells().size(); i++) {
      Cell cell = row.cells().get(i);
      int level = heatmap.scale().level(cell.value());
      svg.raw("<g>");
      if (!cell.hint().isEmpty()) {
        svg.append("<title>%s</title>", Labels.xml(cell.hint()));
      }
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"g %s\"/>\n",
          lefts[i], y, lefts[i + 1] - lefts[i], height, svg.fill(level));
      if (hasText) {
        int baseline = baseline(cell, y, height);
        for (String line : cell.lines()) {
          svg.text((lefts[i] + lefts[i + 1]) / 2, baseline, "middle", svg.ink(level), line);
          baseline += Svg.LINE;
        }
      }
      svg.raw("</g>\n");
    }
  }

  private static int baseline(Cell cell, int y, int height) {
    return y + (height - Svg.LINE * cell.lines().size()) / 2 + 12;
  }

  /** All cells of one colour are one path; neighbours in a row are one rectangle of it. */
  private void colours() {
    Map<Integer, StringBuilder> paths = new TreeMap<>();
    Map<Integer, int[]> starts = new TreeMap<>();
    runs(
        1,
        (level, row, from, to) -> {
          StringBuilder path = paths.computeIfAbsent(level, any -> new StringBuilder());
          int[] start = starts.computeIfAbsent(level, any -> new int[2]);
          path.append(path.isEmpty() ? 'M' : 'm')
              .append(lefts[from] - start[0])
              .append(' ')
              .append(tops[row] - start[1])
              .append('h')
              .append(lefts[to] - lefts[from])
              .append('v')
              .append(height(heatmap.rows().get(row)))
              .append('H')
              .append(lefts[from])
              .append('z');
          start[0] = lefts[from];
          start[1] = tops[row];
        });
    paths.forEach(
        (level, path) -> svg.append("<path class=\"%s\" d=\"%s\"/>\n", svg.fill(level), path));
  }

  /**
   * Like {@link #colours}, in units of cells: one line for neighbours of one colour. Half the
   * colours make long maps a quarter smaller.
   */
  private void lines() {
    Map<Integer, StringBuilder> paths = new TreeMap<>();
    Map<Integer, int[]> ends = new TreeMap<>();
    runs(
        2,
        (level, row, from, to) -> {
          StringBuilder path = paths.computeIfAbsent(level, any -> new StringBuilder());
          int[] end = ends.computeIfAbsent(level, any -> new int[2]);
          path.append(path.isEmpty() ? 'M' : 'm')
              .append(from - end[0])
              .append(' ')
              .append(row - end[1])
              .append('h')
              .append(to - from);
          end[0] = to;
          end[1] = row;
        });
    svg.append(
        "<g transform=\"translate(%s %s) scale(%s)\" stroke-width=\"1.02\">\n",
        lefts[0], Svg.place(tops[0] + SIDE / 2.0), SIDE);
    paths.forEach(
        (level, path) -> svg.append("<path class=\"%s\" d=\"%s\"/>\n", svg.stroke(level), path));
    svg.raw("</g>\n");
  }

  /** Neighbours of one colour. */
  private interface Run {
    void at(int level, int row, int from, int to);
  }

  private void runs(int step, Run run) {
    for (int i = 0; i < heatmap.rows().size(); i++) {
      List<Cell> cells = heatmap.rows().get(i).cells();
      int to;
      for (int from = 0; from < cells.size(); from = to) {
        int level = level(cells.get(from), step);
        to = from + 1;
        while (to < cells.size() && level == level(cells.get(to), step)) {
          to++;
        }
        run.at(level, i, from, to);
      }
    }
  }

  private int level(Cell cell, int step) {
    int level = heatmap.scale().level(cell.value());
    return level > Scale.LEVELS ? level : level / step * step;
  }

  /** One element for each row, ink and line. */
  private void texts() {
    svg.raw("<g text-anchor=\"middle\" xml:space=\"preserve\">\n");
    for (int i = 0; i < heatmap.rows().size(); i++) {
      Heatmap.Row row = heatmap.rows().get(i);
      Map<String, StringBuilder> lines = new LinkedHashMap<>();
      for (int j = 0; j < row.cells().size(); j++) {
        Cell cell = row.cells().get(j);
        int y = baseline(cell, tops[i], height(row));
        String ink = svg.ink(heatmap.scale().level(cell.value()));
        for (String line : cell.lines()) {
          lines
              .computeIfAbsent(
                  "y=\"%s\" class=\"%s\"".formatted(y, ink), any -> new StringBuilder())
              .append("<tspan x=\"")
              .append((lefts[j] + lefts[j + 1]) / 2)
              .append("\">")
              .append(Labels.xml(line))
              .append("</tspan>");
          y += Svg.LINE;
        }
      }
      lines.forEach((place, spans) -> svg.append("<text %s>%s</text>\n", place, spans));
    }
    svg.raw("</g>\n");
  }

  private int[] lefts() {
    int names =
        heatmap.rows().stream()
            .mapToInt(row -> Svg.width(row.name()))
            .reduce(Svg.width(heatmap.corner()), Math::max);
    int[] ends = new int[heatmap.columns().size() + 1];
    ends[0] = Svg.MARGIN + names + Svg.PADDING;
    for (int i = 0; i < heatmap.columns().size(); i++) {
      ends[i + 1] = ends[i] + (hasText ? widest(i) + 2 * Svg.PADDING : SIDE);
    }
    return ends;
  }

  private int widest(int column) {
    return heatmap.rows().stream()
        .flatMap(row -> row.cells().get(column).lines().stream())
        .mapToInt(Svg::width)
        .reduce(Svg.width(heatmap.columns().get(column)), Math::max);
  }

  private int[] tops() {
    int head = 4 * Svg.LINE + (note().isEmpty() ? 0 : Svg.LINE);
    int first = Svg.MARGIN + head + (hasText ? Svg.LINE / 2 : Svg.LINE / 2 + longestColumnName());
    int[] ends = new int[heatmap.rows().size() + 1];
    ends[0] = first;
    Arrays.setAll(ends, i -> i == 0 ? ends[0] : ends[i - 1] + height(heatmap.rows().get(i - 1)));
    return ends;
  }

  /** The height of the rotated names of columns. */
  private int longestColumnName() {
    return heatmap.columns().stream().mapToInt(Svg::width).reduce(0, Math::max);
  }

  private int height(Heatmap.Row row) {
    return hasText ? Heatmap.height(row.cells()) * Svg.LINE + 8 : SIDE;
  }
}
