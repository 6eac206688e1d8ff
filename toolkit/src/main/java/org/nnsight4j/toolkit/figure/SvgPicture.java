package org.nnsight4j.toolkit.figure;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A heatmap as an SVG document. The more cells there are, the less each may contain: first the
 * hints go, then the text, and only the colours stay.
 */
final class SvgPicture {
  /** Up to this many cells, each has a hint. */
  private static final int WITH_HINTS = 1_000;

  /** Up to this many cells, each has its text. */
  private static final int WITH_TEXT = 5_000;

  private static final double CHARACTER = 7.4;
  private static final int PADDING = 7;
  private static final int LINE = 16;
  private static final int MARGIN = 12;

  /** The side of a cell that has only a colour; a line of text fits next to it. */
  private static final int SIDE = 14;

  private final Heatmap heatmap;
  private final StringBuilder svg = new StringBuilder();
  private final boolean hasText;
  private final boolean hasHints;

  SvgPicture(Heatmap heatmap) {
    this.heatmap = heatmap;
    int cells = heatmap.rows().size() * heatmap.columns().size();
    this.hasText = cells <= WITH_TEXT;
    this.hasHints = cells <= WITH_HINTS;
  }

  String draw() {
    int[] lefts = lefts();
    String note = hasText ? "" : "colours only: there are too many cells for their text";
    int titleWidth = Math.max(width(heatmap.title()), width(note));
    int right = Math.max(lefts[lefts.length - 1], MARGIN + titleWidth);
    int head = 2 * LINE + LINE / 2 + (hasText ? 0 : LINE + longestColumnName());
    int[] tops = tops(MARGIN + head);
    int height = tops[tops.length - 1] + MARGIN;
    append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" \
        font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12" role="img">
        <title>%3$s</title>
        <rect width="%1$d" height="%2$d" fill="#ffffff"/>
        """,
        right + MARGIN, height, Labels.xml(heatmap.title()));
    text(MARGIN, MARGIN + LINE, "start", "#222222", heatmap.title(), " font-weight=\"bold\"");
    if (!hasText) {
      text(MARGIN, MARGIN + 2 * LINE, "start", "#666666", note, "");
    }
    columnNames(lefts, tops[0] - LINE / 2);
    if (hasHints) {
      for (int i = 0; i < heatmap.rows().size(); i++) {
        row(heatmap.rows().get(i), lefts, tops[i]);
      }
    } else {
      for (int i = 0; i < heatmap.rows().size(); i++) {
        name(heatmap.rows().get(i), lefts[0], tops[i]);
      }
      colours(lefts, tops);
      if (hasText) {
        texts(lefts, tops);
      }
    }
    return svg.append("</svg>\n").toString();
  }

  private void columnNames(int[] lefts, int y) {
    text(lefts[0] - PADDING, y, "end", "#666666", heatmap.corner(), "");
    List<String> columns = heatmap.columns();
    for (int i = 0; i < columns.size(); i++) {
      int middle = (lefts[i] + lefts[i + 1]) / 2;
      if (hasText) {
        text(middle, y, "middle", "#222222", columns.get(i), "");
      } else {
        String turned = " transform=\"rotate(-90 %s %s)\"".formatted(middle + 4, y);
        text(middle + 4, y, "start", "#222222", columns.get(i), turned);
      }
    }
  }

  private void name(Heatmap.Row row, int left, int y) {
    text(left - PADDING, y + height(row) / 2 + 4, "end", "#222222", row.name(), "");
  }

  private void row(Heatmap.Row row, int[] lefts, int y) {
    int height = height(row);
    name(row, lefts[0], y);
    for (int i = 0; i < row.cells().size(); i++) {
      Cell cell = row.cells().get(i);
      svg.append("<g>");
      if (!cell.hint().isEmpty()) {
        append("<title>%s</title>", Labels.xml(cell.hint()));
      }
      append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\" stroke=\"#e0e0e0\"/>\n",
          lefts[i], y, lefts[i + 1] - lefts[i], height, heatmap.scale().fill(cell.value()));
      int baseline = baseline(cell, y, height);
      for (String line : cell.lines()) {
        String ink = heatmap.scale().ink(cell.value());
        text((lefts[i] + lefts[i + 1]) / 2, baseline, "middle", ink, line, "");
        baseline += LINE;
      }
      svg.append("</g>\n");
    }
  }

  private static int baseline(Cell cell, int y, int height) {
    return y + (height - LINE * cell.lines().size()) / 2 + 12;
  }

  /** All cells of one colour are one path; neighbours in a row are one rectangle of it. */
  private void colours(int[] lefts, int[] tops) {
    Map<String, StringBuilder> paths = new LinkedHashMap<>();
    for (int i = 0; i < heatmap.rows().size(); i++) {
      List<Cell> cells = heatmap.rows().get(i).cells();
      int height = tops[i + 1] - tops[i];
      for (int from = 0, to; from < cells.size(); from = to) {
        String fill = heatmap.scale().fill(cells.get(from).value());
        to = from + 1;
        while (to < cells.size() && fill.equals(heatmap.scale().fill(cells.get(to).value()))) {
          to++;
        }
        paths
            .computeIfAbsent(fill, any -> new StringBuilder())
            .append('M')
            .append(lefts[from])
            .append(' ')
            .append(tops[i])
            .append('h')
            .append(lefts[to] - lefts[from])
            .append('v')
            .append(height)
            .append('H')
            .append(lefts[from])
            .append('z');
      }
    }
    paths.forEach((fill, path) -> append("<path fill=\"%s\" d=\"%s\"/>\n", fill, path));
  }

  /** One element for each row, ink and line. */
  private void texts(int[] lefts, int[] tops) {
    svg.append("<g text-anchor=\"middle\" xml:space=\"preserve\">\n");
    for (int i = 0; i < heatmap.rows().size(); i++) {
      Heatmap.Row row = heatmap.rows().get(i);
      Map<String, StringBuilder> lines = new LinkedHashMap<>();
      for (int j = 0; j < row.cells().size(); j++) {
        Cell cell = row.cells().get(j);
        int y = baseline(cell, tops[i], height(row));
        for (String line : cell.lines()) {
          lines
              .computeIfAbsent(
                  "y=\"%s\" fill=\"%s\"".formatted(y, heatmap.scale().ink(cell.value())),
                  any -> new StringBuilder())
              .append("<tspan x=\"")
              .append((lefts[j] + lefts[j + 1]) / 2)
              .append("\">")
              .append(Labels.xml(line))
              .append("</tspan>");
          y += LINE;
        }
      }
      lines.forEach((place, spans) -> append("<text %s>%s</text>\n", place, spans));
    }
    svg.append("</g>\n");
  }

  private void text(int x, int y, String anchor, String color, String text, String more) {
    append(
        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" fill=\"%s\" xml:space=\"preserve\"%s>%s</text>\n",
        x, y, anchor, color, more, Labels.xml(text));
  }

  /** With ASCII digits, whatever the user's locale. */
  @FormatMethod
  private void append(@FormatString String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }

  /** Where each column begins, and where the last one ends. */
  private int[] lefts() {
    int names =
        heatmap.rows().stream()
            .mapToInt(row -> width(row.name()))
            .reduce(width(heatmap.corner()), Math::max);
    int[] lefts = new int[heatmap.columns().size() + 1];
    lefts[0] = MARGIN + names + PADDING;
    for (int i = 0; i < heatmap.columns().size(); i++) {
      lefts[i + 1] = lefts[i] + (hasText ? widest(i) + 2 * PADDING : SIDE);
    }
    return lefts;
  }

  private int widest(int column) {
    return heatmap.rows().stream()
        .flatMap(row -> row.cells().get(column).lines().stream())
        .mapToInt(SvgPicture::width)
        .reduce(width(heatmap.columns().get(column)), Math::max);
  }

  /** Where each row begins, and where the last one ends. */
  private int[] tops(int first) {
    int[] tops = new int[heatmap.rows().size() + 1];
    tops[0] = first + LINE / 2;
    Arrays.setAll(tops, i -> i == 0 ? tops[0] : tops[i - 1] + height(heatmap.rows().get(i - 1)));
    return tops;
  }

  /** The height of the rotated names of columns. */
  private int longestColumnName() {
    return heatmap.columns().stream().mapToInt(SvgPicture::width).reduce(0, Math::max);
  }

  private int height(Heatmap.Row row) {
    return hasText ? Heatmap.height(row.cells()) * LINE + 8 : SIDE;
  }

  private static int width(String text) {
    return (int) Math.ceil(Labels.columns(text) * CHARACTER);
  }
}
