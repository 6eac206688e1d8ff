package org.nnsight4j.toolkit.figure;

import java.util.ArrayList;
import java.util.List;

/** The frame of lines and bars: axes with round numbers, and the names of series. */
final class Chart {
  static final int WIDTH = 620;
  static final int HEIGHT = 260;

  private final Svg svg = new Svg();
  private final String title;
  private final double low;
  private final double high;
  private final int left;
  private final int top;

  Chart(String title, String vertical, double least, double most, List<String> series) {
    this.title = title;
    double step = step(least, most);
    this.low = Math.floor(least / step + 1e-9) * step;
    double end = Math.ceil(most / step - 1e-9) * step;
    this.high = end > low ? end : low + step;
    this.left = Svg.MARGIN + Svg.width(Scale.number(-high - step)) + Svg.PADDING;
    this.top = Svg.MARGIN + 3 * Svg.LINE + (series.size() > 1 ? Svg.LINE + 6 : 0);
    svg.text(Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", title, " font-weight=\"bold\"");
    svg.text(Svg.MARGIN, top - 10, "start", "m", vertical);
    double x = Svg.MARGIN;
    for (int i = 0; series.size() > 1 && i < series.size(); i++) {
      int y = Svg.MARGIN + 2 * Svg.LINE;
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"10\" height=\"10\" class=\"%s\"/>",
          Svg.place(x), y - 9, svg.series(i, "fill"));
      svg.text(x + 14, y, "start", "i", series.get(i));
      x += 14 + Svg.width(series.get(i)) + 2 * Svg.PADDING;
    }
    for (double tick = low; tick <= high + step / 2; tick += step) {
      double rounded = Math.rint(tick / step) * step;
      svg.append(
          "<path class=\"g\" fill=\"none\" d=\"M%s %sh%s\"/>", left, Svg.place(y(rounded)), WIDTH);
      svg.text(left - 5, y(rounded) + 4, "end", "m", Scale.number(rounded));
    }
  }

  /** A round number, such that there are about five ticks. */
  private static double step(double low, double high) {
    double rough = (high > low ? high - low : Math.max(1, Math.abs(high))) / 5;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    for (double factor : new double[] {1, 2, 5}) {
      if (rough <= factor * power * 1.0001) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  Svg svg() {
    return svg;
  }

  double x(double share) {
    return left + share * WIDTH;
  }

  double y(double value) {
    return top + HEIGHT * (1 - (value - low) / (high - low));
  }

  /** The names below the axis; as many as fit. */
  void names(List<String> names, List<Double> shares, String horizontal) {
    int widest = names.stream().mapToInt(Svg::width).reduce(1, Math::max) + Svg.PADDING;
    double free = -1;
    for (int i = 0; i < names.size(); i++) {
      double at = x(shares.get(i));
      if (at - widest / 2.0 >= free) {
        svg.text(at, top + HEIGHT + 18, "middle", "m", names.get(i));
        free = at + widest / 2.0;
      }
    }
    svg.text(left + WIDTH / 2.0, top + HEIGHT + 36, "middle", "i", horizontal);
  }

  String document() {
    return svg.document(
        title,
        Math.max(left + WIDTH, Svg.MARGIN + Svg.width(title)) + 2.0 * Svg.MARGIN,
        top + HEIGHT + 48.0);
  }

  /** A mark that tells what it means. */
  void mark(String shape, String css, String hint) {
    svg.append(
        "<%s class=\"%s\" tabindex=\"-1\" data-h=\"%s\"><title>%s</title></%s>\n",
        shape,
        css,
        Labels.xml(hint),
        Labels.xml(hint),
        new ArrayList<>(List.of(shape.split(" "))).get(0));
  }
}
