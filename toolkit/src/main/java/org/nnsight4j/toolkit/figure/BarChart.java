package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Named numbers as bars from zero. Immutable: {@link #bar} returns a new chart.
 *
 * <pre>{@code
 * BarChart.of("Direct contributions", "logits").bar("embed", 0.2).bar("h.0", -0.4).svg();
 * }</pre>
 */
public final class BarChart implements Figure {
  private static final int NAMES = 260;
  private static final int WIDTH = 420;
  private static final int BAR = 18;

  private final String title;
  private final String unit;
  private final List<Bar> bars;

  private record Bar(String name, double value) {}

  private BarChart(String title, String unit, List<Bar> bars) {
    this.title = title;
    this.unit = unit;
    this.bars = List.copyOf(bars);
  }

  /**
   * A chart without bars.
   *
   * @param unit what the numbers are
   */
  public static BarChart of(String title, String unit) {
    return new BarChart(title, unit, List.of());
  }

  /** Adds a bar below the others. */
  public BarChart bar(String name, double value) {
    List<Bar> more = new ArrayList<>(bars);
    more.add(new Bar(name, value));
    return new BarChart(title, unit, more);
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String text(int width) {
    Heatmap table = Heatmap.of(title, Scale.UNIT).columns("", List.of(unit));
    for (Bar bar : bars) {
      table = table.row(bar.name, List.of(Cell.numbered(bar.value)));
    }
    return table.text(width);
  }

  @Override
  public String svg() {
    double most = 0;
    double least = 0;
    int names = Svg.width(unit);
    for (Bar bar : bars) {
      if (Double.isFinite(bar.value)) {
        most = Math.max(most, bar.value);
        least = Math.min(least, bar.value);
      }
      names = Math.max(names, Math.min(NAMES, Svg.width(bar.name)));
    }
    double per = WIDTH / (most > least ? most - least : 1);
    int numbers = Svg.width("-0.00012345");
    double zero = Svg.MARGIN + names + Svg.PADDING + numbers - least * per;
    Svg svg = new Svg();
    svg.text(Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", title, " font-weight=\"bold\"");
    int y = Svg.MARGIN + 2 * Svg.LINE;
    svg.text(zero, y + 8, "middle", "m", unit);
    y += Svg.LINE;
    for (Bar bar : bars) {
      double value = Double.isFinite(bar.value) ? bar.value : 0;
      double end = zero + value * per;
      String told = bar.name + ": " + Scale.number(bar.value) + " " + unit;
      svg.append("<g tabindex=\"-1\" data-h=\"%s\"><title>%s</title>", xml(told), xml(told));
      // Between the name and the bar there is something to point at, too.
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"transparent\"/>",
          Svg.MARGIN, y, names + 2 * numbers + WIDTH, BAR);
      svg.text(Svg.MARGIN + names, y + 13, "end", "i", bar.name);
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\"/>",
          Svg.place(Math.min(zero, end)),
          y + 2,
          Svg.place(Math.abs(end - zero)),
          BAR - 4,
          svg.fill(value < 0 ? -Scale.LEVELS : Scale.LEVELS));
      svg.text(
          value < 0 ? end - 4 : end + 4,
          y + 13,
          value < 0 ? "end" : "start",
          "m",
          Scale.number(bar.value));
      svg.raw("</g>\n");
      y += BAR;
    }
    svg.append(
        "<path class=\"g\" d=\"M%s %sv%s\"/>\n",
        Svg.place(zero), Svg.MARGIN + 3 * Svg.LINE, BAR * bars.size());
    return svg.document(
        title,
        Math.max(
            Svg.MARGIN + names + 2.0 * numbers + WIDTH + Svg.PADDING,
            2.0 * Svg.MARGIN + Svg.width(title)),
        y + (double) Svg.MARGIN);
  }

  private static String xml(String text) {
    return Labels.xml(text);
  }

  @Override
  public String html() {
    return Page.of(title, svg(), "marks.js", JsonNodeFactory.instance.objectNode());
  }
}
