package org.nnsight4j.toolkit.figure;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

final class HeatmapTest {
  private static final Heatmap HEATMAP =
      Heatmap.of("A <title> & more", Scale.UNIT)
          .columns("layer", List.of("_The", "_\u6771\u4eac"))
          .row("h.0", List.of(Cell.of("_a 1%", 0.01), Cell.of("\"b\"", 0.99)))
          .row(
              "h.1",
              List.of(new Cell(List.of("_c 50%", "_d 20%"), 0.5, "two\nlines"), Cell.of("", 0)));

  @Test
  void textIsAlignedAlsoWithWideCharacters() {
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
