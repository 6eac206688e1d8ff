package org.nnsight4j.toolkit.figure;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.toolkit.figure.Colour.Mode;

/** An SVG document in the making: text, shapes, and the classes that give them their colours. */
final class Svg {
  static final double CHARACTER = 7.4;
  static final int PADDING = 7;
  static final int LINE = 16;
  static final int MARGIN = 12;

  private static final String FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  private static final int LEGEND = 160;

  private final StringBuilder body = new StringBuilder();
  private final Map<String, String[]> classes = new TreeMap<>();

  Svg() {
    for (Mode mode : Mode.values()) {
      colour("b", "fill", mode, mode.page());
      colour("i", "fill", mode, mode.ink());
      colour("m", "fill", mode, mode.muted());
      colour("g", "stroke", mode, mode.grid());
    }
  }

  private void colour(String name, String property, Mode mode, String value) {
    String[] both = classes.computeIfAbsent(name, any -> new String[Mode.values().length]);
    both[mode == Mode.LIGHT ? 0 : 1] = "." + name + "{" + property + ":" + value + "}";
  }

  /** The class of a level's colour. */
  String fill(int level) {
    String name = "f" + (level < 0 ? "n" : "") + Math.abs(level);
    for (Mode mode : Mode.values()) {
      colour(name, "fill", mode, Scale.fill(level, mode));
    }
    return name;
  }

  /** The class of a level's colour, for lines. */
  String stroke(int level) {
    String name = "s" + (level < 0 ? "n" : "") + Math.abs(level);
    for (Mode mode : Mode.values()) {
      colour(name, "stroke", mode, Scale.fill(level, mode));
    }
    return name;
  }

  /** The class of text on a level's colour. */
  String ink(int level) {
    String name = "k" + (level < 0 ? "n" : "") + Math.abs(level);
    for (Mode mode : Mode.values()) {
      colour(name, "fill", mode, Scale.ink(level, mode));
    }
    return name;
  }

  /** The class of a series; {@code property} is fill or stroke. */
  String series(int index, String property) {
    String name = (property.equals("fill") ? "c" : "l") + index % Colour.series();
    for (Mode mode : Mode.values()) {
      colour(name, property, mode, mode.series(index));
    }
    return name;
  }

  void text(double x, double y, String anchor, String css, String text) {
    text(x, y, anchor, css, text, "");
  }

  void text(double x, double y, String anchor, String css, String text, String more) {
    append(
        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" class=\"%s\" xml:space=\"preserve\"%s>%s</text>\n",
        place(x), place(y), anchor, css, more, Labels.xml(text));
  }

  /** A strip with the colours of a scale and the numbers at its ends. */
  void legend(Scale scale, int x, int y) {
    int steps = 32;
    int from = scale.isSigned() ? -steps : 0;
    double side = LEGEND / (double) (steps - from + 1);
    String low = Scale.number(scale.low());
    double left = x + width(low) + PADDING;
    append("<g aria-hidden=\"true\">");
    text(x, y + 10, "start", "m", low);
    for (int i = from; i <= steps; i++) {
      append(
          "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"12\" class=\"%s\"/>",
          place(left + (i - from) * side), y, place(side + 0.3), fill(i * (Scale.LEVELS / steps)));
    }
    String high = Scale.number(scale.high());
    text(
        left + LEGEND + PADDING,
        y + 10,
        "start",
        "m",
        scale.unit().isEmpty() ? high : high + " " + scale.unit());
    append("</g>\n");
  }

  static int legendWidth(Scale scale) {
    return LEGEND
        + 2 * PADDING
        + width(Scale.number(scale.low()))
        + width(Scale.number(scale.high()) + " " + scale.unit());
  }

  /** With ASCII digits, whatever the user's locale. */
  @FormatMethod
  void append(@FormatString String format, Object... values) {
    body.append(String.format(Locale.ROOT, format, values));
  }

  void raw(CharSequence markup) {
    body.append(markup);
  }

  /** The document with all that was added. */
  String document(String title, double width, double height) {
    List<String> light = new ArrayList<>();
    List<String> dark = new ArrayList<>();
    for (String[] rule : classes.values()) {
      light.add(rule[0]);
      dark.add(rule[1]);
    }
    return String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$s" height="%2$s" viewBox="0 0 %1$s %2$s" \
        font-family="%3$s" font-size="12" role="img">
        <title>%4$s</title>
        <style>%5$s
        @media (prefers-color-scheme:dark){%6$s}</style>
        <rect width="%1$s" height="%2$s" class="b"/>
        %7$s</svg>
        """,
        place(width),
        place(height),
        FONT,
        Labels.xml(title),
        String.join("", light),
        String.join("", dark),
        body);
  }

  static int width(String text) {
    return (int) Math.ceil(Labels.columns(text) * CHARACTER);
  }

  /** A coordinate, with no more digits than needed. */
  static String place(double at) {
    return at == Math.rint(at)
        ? String.valueOf((long) at)
        : String.format(Locale.ROOT, "%.1f", at).replaceFirst("\\.0$", "");
  }
}
