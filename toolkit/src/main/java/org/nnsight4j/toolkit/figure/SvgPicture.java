package org.nnsight4j.toolkit.figure;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.List;
import java.util.Locale;

/** A heatmap as an SVG document. */
final class SvgPicture {
  private static final double CHARACTER = 7.4;
  private static final int PADDING = 7;
  private static final int LINE = 16;
  private static final int MARGIN = 12;

  private final Heatmap heatmap;
  private final StringBuilder svg = new StringBuilder();

  SvgPicture(Heatmap heatmap) {
    this.heatmap = heatmap;
  }

  String draw() {
    int[] lefts = lefts();
    int right = Math.max(lefts[lefts.length - 1], MARGIN + width(heatmap.title()));
    int height = MARGIN + 2 * LINE + LINE + MARGIN;
    for (Heatmap.Row row : heatmap.rows()) {
      height += height(row);
    }
    append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" \
        font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12" role="img">
        <title>%3$s</title>
        <rect width="%1$d" height="%2$d" fill="#ffffff"/>
        """,
        right + MARGIN, height, Labels.xml(heatmap.title()));
    int y = MARGIN + LINE;
    text(MARGIN, y, "start", "#222222", heatmap.title(), " font-weight=\"bold\"");
    y += LINE + LINE / 2;
    text(lefts[0] - PADDING, y, "end", "#666666", heatmap.corner(), "");
    List<String> columns = heatmap.columns();
    for (int i = 0; i < columns.size(); i++) {
      text((lefts[i] + lefts[i + 1]) / 2, y, "middle", "#222222", columns.get(i), "");
    }
    y += LINE / 2;
    for (Heatmap.Row row : heatmap.rows()) {
      row(row, lefts, y);
      y += height(row);
    }
    return svg.append("</svg>\n").toString();
  }

  private void row(Heatmap.Row row, int[] lefts, int y) {
    int height = height(row);
    text(lefts[0] - PADDING, y + height / 2 + 4, "end", "#222222", row.name(), "");
    for (int i = 0; i < row.cells().size(); i++) {
      Cell cell = row.cells().get(i);
      svg.append("<g>");
      if (!cell.hint().isEmpty()) {
        append("<title>%s</title>", Labels.xml(cell.hint()));
      }
      append(
          "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"#e0e0e0\"/>\n",
          lefts[i], y, lefts[i + 1] - lefts[i], height, heatmap.scale().fill(cell.value()));
      int baseline = y + (height - LINE * cell.lines().size()) / 2 + 12;
      for (String line : cell.lines()) {
        String ink = heatmap.scale().ink(cell.value());
        text((lefts[i] + lefts[i + 1]) / 2, baseline, "middle", ink, line, "");
        baseline += LINE;
      }
      svg.append("</g>\n");
    }
  }

  private void text(int x, int y, String anchor, String color, String text, String more) {
    append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\" xml:space=\"preserve\"%s>%s</text>\n",
        x, y, anchor, color, more, Labels.xml(text));
  }

  /** With ASCII digits, whatever the user's locale. */
  @FormatMethod
  private void append(@FormatString String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }

  /** Where columns begin, and where the last one ends. */
  private int[] lefts() {
    int names =
        heatmap.rows().stream()
            .mapToInt(row -> width(row.name()))
            .reduce(width(heatmap.corner()), Math::max);
    int[] lefts = new int[heatmap.columns().size() + 1];
    lefts[0] = MARGIN + names + PADDING;
    for (int i = 0; i < heatmap.columns().size(); i++) {
      int column = i;
      int widest =
          heatmap.rows().stream()
              .flatMap(row -> row.cells().get(column).lines().stream())
              .mapToInt(SvgPicture::width)
              .reduce(width(heatmap.columns().get(column)), Math::max);
      lefts[i + 1] = lefts[i] + widest + 2 * PADDING;
    }
    return lefts;
  }

  private static int height(Heatmap.Row row) {
    return Heatmap.height(row.cells()) * LINE + 8;
  }

  private static int width(String text) {
    return (int) Math.ceil(Labels.columns(text) * CHARACTER);
  }
}
