package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.spelling.Counted;

/**
 * A text whose tokens are coloured by a number each: attribution, a feature, a probe's score,
 * surprise. Lines break like text.
 */
public final class ColouredTokens implements Figure {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 22;

  private final String title;
  private final Scale scale;
  private final List<String> tokens;
  private final double[] values;

  private ColouredTokens(String title, Scale scale, List<String> tokens, double[] values) {
    this.title = title;
    this.scale = scale;
    this.tokens = List.copyOf(tokens);
    this.values = values;
  }

  /**
   * A text with colours.
   *
   * @param tokens as {@link Labels#token} writes them
   * @param values one for each token
   */
  public static ColouredTokens of(
      String title, Scale scale, List<String> tokens, double... values) {
    if (tokens.size() != values.length) {
      throw new RunException(
          "expected a value for each of %s, found %s"
              .formatted(Counted.of(tokens.size(), "token"), values.length));
    }
    return new ColouredTokens(title, scale, tokens, values.clone());
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String text(int width) {
    List<Cell> cells = new ArrayList<>();
    for (double value : values) {
      cells.add(Cell.numbered(value));
    }
    return Heatmap.of(title, scale).columns("token", tokens).row(scale.unit(), cells).text(width);
  }

  @Override
  public String svg() {
    Svg svg = new Svg();
    svg.text(Svg.MARGIN, Svg.MARGIN + Svg.LINE, "start", "i", title, " font-weight=\"bold\"");
    svg.legend(scale, Svg.MARGIN, Svg.MARGIN + 2 * Svg.LINE - 4);
    int x = Svg.MARGIN;
    int y = Svg.MARGIN + 3 * Svg.LINE + 4;
    int right = Math.max(Svg.width(title), Svg.legendWidth(scale));
    for (int i = 0; i < tokens.size(); i++) {
      int width = Svg.width(tokens.get(i)) + 4;
      if (x > Svg.MARGIN && x + width > WIDTH) {
        x = Svg.MARGIN;
        y += HEIGHT + 2;
      }
      int level = scale.level(values[i]);
      String told =
          Labels.xml(
              "token %s, %s: %s %s"
                  .formatted(i, tokens.get(i), Scale.number(values[i]), scale.unit())
                  .trim());
      svg.append("<g tabindex=\"-1\" data-h=\"%s\"><title>%s</title>", told, told);
      svg.append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\"/>",
          x, y, width, HEIGHT, svg.fill(level));
      svg.text(x + width / 2.0, y + 15, "middle", svg.ink(level), tokens.get(i));
      svg.raw("</g>\n");
      x += width + 1;
      right = Math.max(right, x);
    }
    return svg.document(title, right + 2.0 * Svg.MARGIN, y + (double) HEIGHT + Svg.MARGIN);
  }

  @Override
  public String html() {
    return Page.of(title, svg(), "marks.js", JsonNodeFactory.instance.objectNode());
  }
}
