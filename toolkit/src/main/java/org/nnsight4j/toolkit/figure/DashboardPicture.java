package org.nnsight4j.toolkit.figure;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nnsight4j.internal.spelling.Counted;

/** A dashboard as an SVG document: logits and histogram side by side, texts below. */
final class DashboardPicture {
  private static final int WIDTH = 900;
  private static final int COLUMN = 250;
  private static final int ROW = 19;
  private static final int BINS = 120;

  private final FeatureDashboard dashboard;
  private final Svg svg = new Svg();
  private double bottom = Svg.MARGIN + 2.5 * Svg.LINE;

  DashboardPicture(FeatureDashboard dashboard) {
    this.dashboard = dashboard;
  }

  String draw() {
    String title = dashboard.title();
    svg.text(Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", title, " font-weight=\"bold\"");
    if (!dashboard.density().isEmpty()) {
      svg.text(Svg.MARGIN, Svg.MARGIN + 2.2 * Svg.LINE, "start", "m", dashboard.density());
      bottom += Svg.LINE;
    }
    double top = bottom;
    FeatureDashboard.Logits logits = dashboard.logits();
    int column = 0;
    column = logits("raises", logits.top(), logits.topValues(), top, column);
    column = logits("lowers", logits.bottom(), logits.bottomValues(), top, column);
    if (dashboard.counts().length > 0) {
      histogram(top, Svg.MARGIN + column * (double) (COLUMN + 2 * Svg.MARGIN));
    }
    examples();
    return svg.document(
        title,
        Math.max(WIDTH, 2.0 * Svg.MARGIN + Svg.width(title)) + Svg.MARGIN,
        bottom + Svg.MARGIN);
  }

  private int logits(String name, List<String> tokens, double[] values, double top, int column) {
    if (values.length == 0) {
      return column;
    }
    double x = Svg.MARGIN + column * (double) (COLUMN + 2 * Svg.MARGIN);
    Scale scale = Scale.signedFor(values);
    svg.text(x, top + 12, "start", "m", name + " the logits of");
    double y = top + ROW;
    for (int i = 0; i < values.length; i++) {
      String token = Labels.shortened(Labels.token(tokens.get(i)), 18);
      String number = Scale.number(values[i]);
      int level = scale.level(values[i]);
      String told = Labels.xml("logit of %s: %s".formatted(Labels.token(tokens.get(i)), number));
      svg.append("<g tabindex=\"-1\" data-h=\"%s\"><title>%s</title>", told, told);
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\"/>",
          Svg.place(x), Svg.place(y), COLUMN, ROW - 2, svg.fill(level));
      svg.text(x + 5, y + 13, "start", svg.ink(level), token);
      svg.text(x + COLUMN - 5, y + 13, "end", svg.ink(level), number);
      svg.raw("</g>\n");
      y += ROW;
    }
    bottom = Math.max(bottom, y);
    return column + 1;
  }

  private void histogram(double top, double x) {
    long[] counts = dashboard.counts();
    double[] bounds = dashboard.bounds();
    long most = Math.max(1, Arrays.stream(counts).max().orElse(1));
    double width = COLUMN / (double) counts.length;
    svg.text(x, top + 12, "start", "m", "activations (heights are logarithms)");
    double base = top + ROW + BINS;
    for (int i = 0; i < counts.length; i++) {
      double height = BINS * Math.log1p(counts[i]) / Math.log1p(most);
      String told =
          Labels.xml(
              "%s to %s: %s"
                  .formatted(
                      Scale.number(bounds[i]),
                      Scale.number(bounds[i + 1]),
                      Counted.of(counts[i], "token")));
      svg.append("<g tabindex=\"-1\" data-h=\"%s\"><title>%s</title>", told, told);
      // The whole column can be pointed at, however few there are.
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"transparent\"/>",
          Svg.place(x + i * width), Svg.place(top + ROW), Svg.place(width), BINS);
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\"/></g>\n",
          Svg.place(x + i * width),
          Svg.place(base - height),
          Svg.place(Math.max(0.5, width - 1)),
          Svg.place(height),
          svg.series(0, "fill"));
    }
    svg.append(
        "<path class=\"g\" fill=\"none\" d=\"M%s %sh%s\"/>\n",
        Svg.place(x), Svg.place(base), COLUMN);
    svg.text(x, base + 14, "start", "m", Scale.number(bounds[0]));
    svg.text(x + COLUMN, base + 14, "end", "m", Scale.number(bounds[bounds.length - 1]));
    bottom = Math.max(bottom, base + ROW);
  }

  private void examples() {
    double most = dashboard.most();
    Scale scale = Scale.upTo(most > 0 ? most : 1).unit("activation");
    if (!dashboard.groups().isEmpty()) {
      svg.legend(scale, Svg.MARGIN, (int) bottom + Svg.LINE);
      bottom += 2.5 * Svg.LINE;
    }
    for (Map.Entry<String, List<DashboardExample>> group : dashboard.groups().entrySet()) {
      bottom += Svg.LINE;
      svg.text(Svg.MARGIN, bottom + 4, "start", "i", group.getKey(), " font-weight=\"bold\"");
      bottom += 10;
      for (DashboardExample each : group.getValue()) {
        example(each, scale);
      }
    }
  }

  private void example(DashboardExample example, Scale scale) {
    double[] values = example.activations();
    String peak = Scale.number(values[example.peak()]);
    int left = Svg.MARGIN + Svg.width("-0.00000") + Svg.PADDING;
    svg.append("<g><title>%s</title>", Labels.xml(example.source()));
    svg.text(left - Svg.PADDING, bottom + 14, "end", "m", peak);
    int x = left;
    for (int i = 0; i < values.length; i++) {
      String token = Labels.shortened(Labels.token(example.tokens().get(i)), 40);
      int width = Svg.width(token) + 2;
      if (x > left && x + width > WIDTH) {
        x = left;
        bottom += ROW;
      }
      int level = scale.level(values[i]);
      String told =
          Labels.xml("%s: %s (%s)".formatted(token, Scale.number(values[i]), example.source()));
      svg.append("<g tabindex=\"-1\" data-h=\"%s\">", told);
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\"/>",
          x, Svg.place(bottom), width, ROW - 2, svg.fill(level));
      svg.text(
          x + width / 2.0,
          bottom + 13,
          "middle",
          svg.ink(level),
          token,
          i == example.peak() ? " font-weight=\"bold\"" : "");
      svg.raw("</g>");
      x += width;
    }
    svg.raw("</g>\n");
    bottom += ROW + 3;
  }
}
