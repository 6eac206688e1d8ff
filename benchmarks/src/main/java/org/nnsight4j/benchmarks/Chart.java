package org.nnsight4j.benchmarks;

import java.util.List;
import java.util.Locale;

/** Bars of how much of each target is reached, as an SVG document. */
final class Chart {
  private static final int LEFT = 620;
  private static final int WIDTH = 420;
  private static final int LINE = 22;
  private static final int TOP = 34;
  private static final double FROM = 0.125;
  private static final double TO = 8;

  private Chart() {}

  /** The same rows give the same text. */
  static String svg(List<Measured> rows) {
    int height = TOP + rows.size() * LINE + LINE;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$s" height="%2$s" viewBox="0 0 %1$s %2$s" \
        font-family="system-ui, sans-serif" font-size="12" role="img">
        <title>How much of each target is reached</title>
        <rect width="%1$s" height="%2$s" fill="#ffffff"/>
        """
            .formatted(LEFT + WIDTH + 70, height));
    for (double mark = FROM; mark <= TO; mark *= 2) {
      svg.append(
          "<line x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\" stroke=\"%4$s\"/>\n"
              .formatted(x(mark), TOP - 8, height - LINE + 4, mark == 1 ? "#222222" : "#dddddd"));
      svg.append(
          "<text x=\"%s\" y=\"%s\" text-anchor=\"middle\" fill=\"#666666\">%s</text>\n"
              .formatted(x(mark), TOP - 14, mark == 1 ? "target" : times(mark)));
    }
    for (int i = 0; i < rows.size(); i++) {
      Measured row = rows.get(i);
      int y = TOP + i * LINE;
      double end = Math.min(TO, Math.max(FROM, row.reached()));
      boolean there = row.reached() >= 1;
      svg.append(
          "<text x=\"%s\" y=\"%s\" text-anchor=\"end\" fill=\"#222222\">%s</text>\n"
              .formatted(LEFT - 8, y + 12, text(row.row().what())));
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"14\" fill=\"%s\"/>\n"
              .formatted(
                  x(Math.min(1, end)),
                  y,
                  tenths(position(Math.max(1, end)) - position(Math.min(1, end))),
                  there ? "#3f7f5f" : "#b5532a"));
      svg.append(
          "<text x=\"%s\" y=\"%s\" fill=\"#222222\">%s</text>\n"
              .formatted(
                  LEFT + WIDTH + 6,
                  y + 12,
                  row.shown(row.number(), row.row().kind() != Row.Kind.ABSOLUTE)));
    }
    return svg.append("</svg>\n").toString();
  }

  private static String text(String what) {
    String plain = what.replace("`", "");
    String shown = plain.length() > 96 ? plain.substring(0, 95) + "…" : plain;
    return shown.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static double position(double value) {
    return LEFT + WIDTH * Math.log(value / FROM) / Math.log(TO / FROM);
  }

  private static String x(double value) {
    return tenths(position(value));
  }

  private static String tenths(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static String times(double value) {
    return value >= 1
        ? String.format(Locale.ROOT, "× %.0f", value)
        : String.format(Locale.ROOT, "× 1/%.0f", 1 / value);
  }
}
