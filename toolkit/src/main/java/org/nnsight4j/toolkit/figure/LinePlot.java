package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.spelling.Counted;

/**
 * Numbers along an axis, one line for each series, with a band around those that have one.
 * Immutable: each method that adds something returns a new plot.
 *
 * <pre>{@code
 * LinePlot.of("AUROC by layer", "layer", "AUROC").points(0, 1, 2).line("probe", 0.5, 0.8, 0.97).svg();
 * }</pre>
 */
public final class LinePlot implements Figure {
  private final String title;
  private final String horizontal;
  private final String vertical;
  private final double[] points;
  private final List<Line> lines;

  /** One series; {@code low} and {@code high} are the edges of its band. */
  private record Line(
      String name, double[] values, double @Nullable [] low, double @Nullable [] high) {}

  private LinePlot(
      String title, String horizontal, String vertical, double[] points, List<Line> lines) {
    this.title = title;
    this.horizontal = horizontal;
    this.vertical = vertical;
    this.points = points;
    this.lines = List.copyOf(lines);
  }

  /** An empty plot with names for its axes. */
  public static LinePlot of(String title, String horizontal, String vertical) {
    return new LinePlot(title, horizontal, vertical, new double[0], List.of());
  }

  /** The places on the horizontal axis, in increasing order. */
  public LinePlot points(double... at) {
    if (!lines.isEmpty()) {
      throw new IllegalStateException("points come before lines");
    }
    return new LinePlot(title, horizontal, vertical, at.clone(), lines);
  }

  /**
   * Adds a line.
   *
   * @param values one for each point; one that is not a number leaves a gap
   */
  public LinePlot line(String name, double... values) {
    return with(new Line(name, checked(name, values), null, null));
  }

  /**
   * Adds a line with a band.
   *
   * @param low the lower edge at each point
   * @param high the upper edge at each point
   */
  public LinePlot line(String name, double[] values, double[] low, double[] high) {
    return with(new Line(name, checked(name, values), checked(name, low), checked(name, high)));
  }

  private double[] checked(String name, double[] values) {
    if (values.length != points.length) {
      throw new RunException(
          "line '%s': expected a value for each of %s, found %s"
              .formatted(name, Counted.of(points.length, "point"), values.length));
    }
    return values.clone();
  }

  private LinePlot with(Line line) {
    List<Line> more = new ArrayList<>(lines);
    more.add(line);
    return new LinePlot(title, horizontal, vertical, points, more);
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String text(int width) {
    Heatmap table =
        Heatmap.of(title, Scale.UNIT)
            .columns(horizontal, Arrays.stream(points).mapToObj(Scale::number).toList());
    for (Line line : lines) {
      table = table.row(line.name, Arrays.stream(line.values).mapToObj(Cell::numbered).toList());
    }
    return table.text(width);
  }

  @Override
  public String svg() {
    double[] all =
        lines.stream()
            .flatMap(
                line ->
                    java.util.stream.Stream.of(line.values, line.low, line.high)
                        .filter(java.util.Objects::nonNull))
            .flatMapToDouble(Arrays::stream)
            .filter(Double::isFinite)
            .toArray();
    double least = Arrays.stream(all).reduce(Double.POSITIVE_INFINITY, Math::min);
    double most = Arrays.stream(all).reduce(Double.NEGATIVE_INFINITY, Math::max);
    Chart chart =
        new Chart(
            title,
            vertical,
            all.length == 0 ? 0 : least,
            all.length == 0 ? 1 : most,
            lines.stream().map(Line::name).toList());
    for (int i = 0; i < lines.size(); i++) {
      draw(chart, i);
    }
    chart.names(
        Arrays.stream(points).mapToObj(Scale::number).toList(),
        IntStream.range(0, points.length).mapToObj(this::share).toList(),
        horizontal);
    return chart.document();
  }

  private void draw(Chart chart, int index) {
    Line line = lines.get(index);
    String colour = chart.svg().series(index, "stroke");
    String filled = chart.svg().series(index, "fill");
    if (line.low != null && line.high != null) {
      StringBuilder band = new StringBuilder();
      for (int i = 0; i < points.length; i++) {
        corner(chart, band, i, line.high[i]);
      }
      for (int i = points.length - 1; i >= 0; i--) {
        corner(chart, band, i, line.low[i]);
      }
      chart.svg().append("<path class=\"%s\" fill-opacity=\"0.18\" d=\"%sz\"/>\n", filled, band);
    }
    StringBuilder path = new StringBuilder();
    boolean gap = true;
    for (int i = 0; i < points.length; i++) {
      if (!Double.isFinite(line.values[i])) {
        gap = true;
        continue;
      }
      path.append(gap ? 'M' : 'L')
          .append(Svg.place(chart.x(share(i))))
          .append(' ')
          .append(Svg.place(chart.y(line.values[i])));
      gap = false;
    }
    chart
        .svg()
        .append("<path class=\"%s\" fill=\"none\" stroke-width=\"2\" d=\"%s\"/>\n", colour, path);
    for (int i = 0; i < points.length; i++) {
      if (Double.isFinite(line.values[i])) {
        chart.mark(
            "circle cx=\"%s\" cy=\"%s\" r=\"3.5\""
                .formatted(Svg.place(chart.x(share(i))), Svg.place(chart.y(line.values[i]))),
            filled,
            told(line, i));
      }
    }
  }

  private String told(Line line, int point) {
    String value = Scale.number(line.values[point]);
    String band =
        line.low == null || line.high == null
            ? ""
            : ", %s to %s".formatted(Scale.number(line.low[point]), Scale.number(line.high[point]));
    return "%s, %s %s: %s%s"
        .formatted(line.name, horizontal, Scale.number(points[point]), value, band);
  }

  private void corner(Chart chart, StringBuilder band, int point, double value) {
    band.append(band.isEmpty() ? 'M' : 'L')
        .append(Svg.place(chart.x(share(point))))
        .append(' ')
        .append(Svg.place(chart.y(value)));
  }

  private double share(int point) {
    double first = points[0];
    double last = points[points.length - 1];
    return last > first ? 0.02 + 0.96 * (points[point] - first) / (last - first) : 0.5;
  }

  @Override
  public String html() {
    return Page.of(title, svg(), "marks.js", JsonNodeFactory.instance.objectNode());
  }
}
