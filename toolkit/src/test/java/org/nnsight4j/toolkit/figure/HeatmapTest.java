package org.nnsight4j.toolkit.figure;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.figure.Colour.Mode;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class HeatmapTest {
  private static final Heatmap HEATMAP =
      Heatmap.of("A <title> & more", Scale.UNIT)
          .columns("layer", List.of("_The", "_\u6771\u4eac"))
          .row("h.0", List.of(Cell.of("_a 1%", 0.01), Cell.of("\"b\"", 0.99)))
          .row(
              "h.1",
              List.of(new Cell(List.of("_c 50%", "_d 20%"), 0.5, "two\nlines"), Cell.of("", 0)));

  @Test
  void textIsAlignedEvenWithWideCharacters() {
    assertThat(HEATMAP.text(80))
        .isEqualTo(
            """
            A <title> & more

            layer  _The    _\u6771\u4eac
            h.0    _a 1%   "b"
            h.1    _c 50%
                   _d 20%
            """);
  }

  @Test
  void columnsThatDoNotFitContinueBelow() {
    assertThat(HEATMAP.text(13))
        .isEqualTo(
            """
            A <title> & more

            layer  _The
            h.0    _a 1%
            h.1    _c 50%
                   _d 20%

            layer  _\u6771\u4eac
            h.0    "b"
            h.1
            """);
  }

  @Test
  void svgIsXmlWithEveryCell() throws Exception {
    Document document = parse(HEATMAP.svg());
    assertThat(document.getElementsByTagName("g").getLength()).isEqualTo(5);
    assertThat(document.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("A <title> & more");
    Element last = (Element) document.getElementsByTagName("g").item(2);
    assertThat(last.getTextContent().trim()).isEqualTo("\"b\"");
  }

  @Test
  void controlCharactersDoNotBreakThePicture() throws Exception {
    Heatmap odd =
        Heatmap.of("bell \u0007", Scale.SIGNED)
            .columns("", List.of(Labels.token("\n\u0000")))
            .row("", List.of(Cell.of("\ud800", Double.NaN)));
    assertThat(parse(odd.svg()).getElementsByTagName("text").getLength()).isEqualTo(7);
    assertThat(Labels.token(" a\n\u0000")).isEqualTo("_a\\n\\u0000");
  }

  @Test
  void htmlNeedsNothingFromOutside() {
    assertThat(HEATMAP.html()).contains("<svg ");
    assertThat(HEATMAP.html().replace("http://www.w3.org/2000/svg", "")).doesNotContain("http");
    assertThat(HEATMAP.html()).doesNotContain(" src=");
    assertThat(HEATMAP.html()).isEqualTo(HEATMAP.html());
  }

  @Test
  void coloursRunFromEndToEndAndStayReadable() {
    assertThat(fill(Scale.UNIT, 0)).isEqualTo("#ffffff");
    assertThat(fill(Scale.UNIT, 7)).isEqualTo(fill(Scale.UNIT, 1));
    assertThat(fill(Scale.UNIT, -7)).isEqualTo(fill(Scale.UNIT, 0));
    assertThat(fill(Scale.SIGNED, -1)).isEqualTo("#a50f15");
    assertThat(fill(Scale.signed(20), -20)).isEqualTo("#a50f15");
    assertThat(fill(Scale.upTo(4), 1)).isEqualTo(fill(Scale.UNIT, 0.25));
    assertThat(Scale.ink(0, Mode.LIGHT)).isEqualTo("#222222");
    assertThat(Scale.ink(Scale.LEVELS, Mode.LIGHT)).isEqualTo("#ffffff");
  }

  private static String fill(Scale scale, double value) {
    return Scale.fill(scale.level(value), Mode.LIGHT);
  }

  @Test
  void aScaleHasAnEndAboveZero() {
    assertThat(assertThrows(RunException.class, () -> Scale.upTo(0)))
        .hasMessageThat()
        .isEqualTo("expected a positive number as the end of a scale, found 0.0");
    assertThat(Scale.signedFor(0, Double.NaN).high()).isEqualTo(1);
    assertThat(Scale.signedFor(0.5, -3).high()).isEqualTo(3);
  }

  @Test
  void numbersAreShort() {
    assertThat(Scale.number(0.123456)).isEqualTo("0.1235");
    assertThat(Scale.number(-12.5)).isEqualTo("-12.5");
    assertThat(Scale.number(33.05785)).isEqualTo("33.06");
    assertThat(Scale.number(100)).isEqualTo("100");
    assertThat(Scale.number(1234.6)).isEqualTo("1235");
    assertThat(Scale.number(3e-7)).isEqualTo("3.00e-07");
  }

  /** WCAG 2.2, 1.4.3: 4.5 for text, on all colours that there are, on light and dark pages. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyTextCanBeRead(Mode mode) {
    Set<String> fills = new TreeSet<>();
    for (int level = -Scale.LEVELS; level <= Scale.LEVELS + 1; level++) {
      fills.add(Scale.fill(level, mode));
      assertWithMessage("%s of %s", level, mode)
          .that(contrast(Scale.fill(level, mode), Scale.ink(level, mode)))
          .isAtLeast(4.5);
    }
    assertThat(fills.size()).isGreaterThan(100);
    assertThat(contrast(mode.ink(), mode.page())).isAtLeast(4.5);
    assertThat(contrast(mode.muted(), mode.page())).isAtLeast(4.5);
    for (int series = 0; series < Colour.series(); series++) {
      assertThat(contrast(mode.series(series), mode.page())).isAtLeast(4.5);
    }
    assertThat(contrast("#000000", "#ffffff")).isWithin(1e-9).of(21);
    assertThat(contrast("#767676", "#ffffff")).isWithin(0.005).of(4.54); // as WebAIM's checker says
  }

  private static double contrast(String one, String other) {
    double a = luminance(one);
    double b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(String colour) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double level = Integer.parseInt(colour.substring(2 * i + 1, 2 * i + 3), 16) / 255.0;
      sum +=
          weights[i] * (level <= 0.04045 ? level / 12.92 : Math.pow((level + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  /** With the worst colours: no two neighbours are alike. */
  @ParameterizedTest
  @CsvSource({"31, 32, true, true", "70, 71, true, false", "128, 128, false, false"})
  void manyCellsStaySmall(int rows, int columns, boolean text, boolean hints) throws Exception {
    Random random = new Random(1);
    List<String> names = IntStream.range(0, columns).mapToObj(i -> "_token" + i).toList();
    Heatmap many = Heatmap.of("Many", Scale.SIGNED).columns("layer", names);
    for (int i = 0; i < rows; i++) {
      List<Cell> cells =
          random
              .doubles(columns, -1, 1)
              .mapToObj(
                  value ->
                      new Cell(List.of("%s".formatted(value).substring(0, 4)), value, "a hint"))
              .toList();
      many = many.row("row " + i, cells);
    }
    String svg = many.svg();
    assertThat(svg.length()).isLessThan(text ? 400_000 : 160_000);
    if (!text) {
      assertThat(many.html().length()).isLessThan(200_000);
    }
    Document document = parse(svg);
    assertThat(svg.contains("colours only: there are too many cells")).isEqualTo(!text);
    assertThat(svg.contains("a hint")).isEqualTo(hints);
    int spans = document.getElementsByTagName("tspan").getLength();
    int groups = document.getElementsByTagName("g").getLength();
    assertThat(hints ? groups - 1 : spans).isEqualTo(text ? rows * columns : 0);
    if (!hints) {
      assertThat(covered(document)).isEqualTo(rows * columns);
    }
  }

  /** How many cells the coloured lines and rectangles cover; none twice. */
  private static int covered(Document document) {
    Pattern part = Pattern.compile("([Mm])(-?\\d+) (-?\\d+)h(\\d+)(v\\d+H\\d+z)?");
    NodeList paths = document.getElementsByTagName("path");
    Set<Long> cells = new TreeSet<>();
    Set<Integer> lefts = new TreeSet<>();
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < paths.getLength(); i++) {
        Matcher found = part.matcher(((Element) paths.item(i)).getAttribute("d"));
        int x = 0;
        int y = 0;
        while (found.find()) {
          boolean relative = found.group(1).equals("m");
          x = Integer.parseInt(found.group(2)) + (relative ? x : 0);
          y = Integer.parseInt(found.group(3)) + (relative ? y : 0);
          int end = x + Integer.parseInt(found.group(4));
          if (pass == 0) {
            lefts.add(x);
          } else {
            for (int left : lefts) {
              if (left >= x && left < end) {
                assertThat(cells.add(left * 100_000L + y)).isTrue();
              }
            }
          }
          x = found.group(5) == null ? end : x;
        }
      }
    }
    return cells.size();
  }

  @Test
  void hostileTextIsTextEverywhere() throws Exception {
    Random random = new Random(3);
    List<String> pieces =
        List.of(
            "<",
            ">",
            "&",
            "\"",
            "'",
            "]]>",
            "<!--",
            "<script>",
            "\u0000",
            "\u001b[2J",
            "\ud800",
            "\uffff",
            "\n",
            "\r",
            "\u0085",
            "\u2028",
            "&lt;",
            "%s",
            "\u202e",
            "\ud83d\ude00",
            "a");
    for (int i = 0; i < 300; i++) {
      String[] text = new String[5];
      for (int j = 0; j < text.length; j++) {
        StringBuilder some = new StringBuilder();
        random.ints(4, 0, pieces.size()).forEach(piece -> some.append(pieces.get(piece)));
        text[j] = some.toString();
      }
      Heatmap hostile =
          Heatmap.of(text[0], Scale.UNIT)
              .columns(text[1], List.of(text[2]))
              .row(text[3], List.of(new Cell(List.of(text[4]), 0.5, text[0])));
      Document document = parse(hostile.svg());
      assertThat(document.getElementsByTagName("*").getLength()).isEqualTo(48);
      assertThat(hostile.html().split("<script", -1)).hasLength(3);
      assertThat(hostile.html().split("</script", -1)).hasLength(3);
      String shown = hostile.text(80);
      assertThat(shown.chars().noneMatch(c -> c != '\n' && Character.isISOControl(c))).isTrue();
      assertThat(shown.lines().count()).isEqualTo(4);
    }
  }

  @Test
  void aRowHasOneCellForEachColumn() {
    RunException refused = assertThrows(RunException.class, () -> HEATMAP.row("h.2", List.of()));
    assertThat(refused).hasMessageThat().isEqualTo("row 'h.2' has 0 cells for 2 columns");
  }

  private static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }
}
