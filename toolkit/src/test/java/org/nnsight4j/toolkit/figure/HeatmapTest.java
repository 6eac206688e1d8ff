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
    assertThat(document.getElementsByTagName("g").getLength()).isEqualTo(4);
    assertThat(document.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("A <title> & more");
    Element last = (Element) document.getElementsByTagName("g").item(1);
    assertThat(last.getTextContent().trim()).isEqualTo("\"b\"");
  }

  @Test
  void controlCharactersDoNotBreakThePicture() throws Exception {
    Heatmap odd =
        Heatmap.of("bell \u0007", Scale.SIGNED)
            .columns("", List.of(Labels.token("\n\u0000")))
            .row("", List.of(Cell.of("\ud800", Double.NaN)));
    assertThat(parse(odd.svg()).getElementsByTagName("text").getLength()).isEqualTo(5);
    assertThat(Labels.token(" a\n\u0000")).isEqualTo("_a\\n\\u0000");
  }

  @Test
  void htmlNeedsNothingFromOutside() {
    assertThat(HEATMAP.html()).contains("<svg ");
    assertThat(HEATMAP.html().replace("http://www.w3.org/2000/svg", "")).doesNotContain("http");
    assertThat(HEATMAP.html()).doesNotContain("<script");
  }

  @Test
  void coloursRunFromEndToEndAndStayReadable() {
    assertThat(Scale.UNIT.fill(0)).isEqualTo("#ffffff");
    assertThat(Scale.UNIT.fill(7)).isEqualTo(Scale.UNIT.fill(1));
    assertThat(Scale.UNIT.fill(-7)).isEqualTo(Scale.UNIT.fill(0));
    assertThat(Scale.SIGNED.fill(-1)).isEqualTo("#a50f15");
    assertThat(Scale.UNIT.ink(0)).isEqualTo("#222222");
    assertThat(Scale.UNIT.ink(1)).isEqualTo("#ffffff");
  }

  /** WCAG 2.2, 1.4.3: 4.5 for text, on all colours that there are. */
  @Test
  void everyTextCanBeRead() {
    for (Scale scale : Scale.values()) {
      Set<String> fills = new TreeSet<>();
      for (double value = -1.1; value <= 1.1; value += 1.0 / 4096) {
        fills.add(scale.fill(value));
        assertWithMessage("%s of %s", scale, value)
            .that(contrast(scale.fill(value), scale.ink(value)))
            .isAtLeast(4.5);
      }
      assertThat(fills.size()).isGreaterThan(200);
      assertThat(contrast(scale.fill(Double.NaN), scale.ink(Double.NaN))).isAtLeast(4.5);
    }
    assertThat(contrast("#666666", "#ffffff")).isAtLeast(4.5);
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
    assertThat(svg.length()).isLessThan(400_000);
    Document document = parse(svg);
    assertThat(svg.contains("colours only: there are too many cells")).isEqualTo(!text);
    assertThat(svg.contains("a hint")).isEqualTo(hints);
    int spans = document.getElementsByTagName("tspan").getLength();
    int groups = document.getElementsByTagName("g").getLength();
    assertThat(hints ? groups : spans).isEqualTo(text ? rows * columns : 0);
    if (!hints) {
      assertCovered(document);
    }
  }

  /** The coloured rectangles leave no hole in the one around them. */
  private static void assertCovered(Document document) {
    Pattern rectangle = Pattern.compile("M(\\d+) (\\d+)h(\\d+)v(\\d+)H\\1z");
    NodeList paths = document.getElementsByTagName("path");
    long area = 0;
    int[] around = {Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0};
    for (int i = 0; i < paths.getLength(); i++) {
      Matcher found = rectangle.matcher(((Element) paths.item(i)).getAttribute("d"));
      while (found.find()) {
        int[] at = IntStream.rangeClosed(1, 4).map(n -> Integer.parseInt(found.group(n))).toArray();
        area += (long) at[2] * at[3];
        around[0] = Math.min(around[0], at[0]);
        around[1] = Math.min(around[1], at[1]);
        around[2] = Math.max(around[2], at[0] + at[2]);
        around[3] = Math.max(around[3], at[1] + at[3]);
      }
    }
    assertThat(area).isEqualTo((long) (around[2] - around[0]) * (around[3] - around[1]));
    assertThat(area).isGreaterThan(900_000);
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
    for (int i = 0; i < 2000; i++) {
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
      assertThat(document.getElementsByTagName("*").getLength()).isEqualTo(11);
      assertThat(hostile.html()).doesNotContain("<script");
      String shown = hostile.text(80);
      assertThat(shown.chars().noneMatch(c -> c != '\n' && Character.isISOControl(c))).isTrue();
      assertThat(shown.lines().count()).isEqualTo(4);
    }
  }

  @Test
  void aRowHasOneCellForEachColumn() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> HEATMAP.row("h.2", List.of()));
    assertThat(refused).hasMessageThat().isEqualTo("row 'h.2' has 0 cells for 2 columns");
  }

  private static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }
}
