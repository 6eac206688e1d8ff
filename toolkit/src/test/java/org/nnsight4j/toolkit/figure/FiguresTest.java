package org.nnsight4j.toolkit.figure;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.RunException;
import org.w3c.dom.Document;

/** Lines, bars, tokens and attention: XML, one file, the same bytes, whatever the text. */
final class FiguresTest {
  private static final String HOSTILE = "<script>]]>\"&'</script>\u0000\u202e\ud800";

  @TempDir private Path folder;

  /** Each kind with a text in every place that has one. */
  private static List<Function<String, Figure>> kinds() {
    return List.of(
        text ->
            LinePlot.of(text, text, text)
                .points(0, 1, 5)
                .line(text, 1, Double.NaN, -2)
                .line(
                    text + 2,
                    new double[] {1, 2, 3},
                    new double[] {0, 1, 2},
                    new double[] {2, 3, 4}),
        text -> BarChart.of(text, text).bar(text, -3).bar(text, 0).bar(text, 1e7),
        text -> ColouredTokens.of(text, Scale.signed(2).unit(text), List.of(text, text), -1, 2),
        text ->
            AttentionGrid.of(text, List.of(text, text))
                .head(0, 0, new double[][] {{1, 0}, {0.25, 0.75}})
                .head(3, 1, new double[][] {{1, 0}, {0.5, 0.5}}),
        text -> Heatmap.of(text, Scale.UNIT.unit(text)).columns(text, List.of(text)).row(text, 0.5),
        text ->
            AttributionGraph.of(text)
                .tokens(List.of(text))
                .node(GraphNode.of(GraphNode.Kind.EMBEDDING, text, text, -1).at(0))
                .node(GraphNode.of(GraphNode.Kind.HEAD, text + 2, text, 3))
                .edge(text, text + 2, -1),
        text ->
            FeatureDashboard.of(text)
                .histogram(new double[] {0, 1}, 3)
                .logits(List.of(text), new double[] {1}, List.of(text), new double[] {-1})
                .examples(
                    text,
                    List.of(
                        new DashboardExample(List.of(text, text), new double[] {0, 1}, 1, text))));
  }

  static Stream<Function<String, Figure>> everyKind() {
    return kinds().stream();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void isOneFileWithTheSameBytesWhateverTheText(Function<String, Figure> kind) throws Exception {
    Document plain = parse(kind.apply("a").svg());
    Document hostile = parse(kind.apply(HOSTILE).svg());
    assertThat(hostile.getElementsByTagName("*").getLength())
        .isEqualTo(plain.getElementsByTagName("*").getLength());
    String page = kind.apply(HOSTILE).html();
    assertThat(page).isEqualTo(kind.apply(HOSTILE).html());
    assertThat(page.split("<script", -1)).hasLength(3);
    assertThat(page.split("</script", -1)).hasLength(3);
    assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http");
    assertThat(page).doesNotContain(" src=");
    Matcher data = Pattern.compile("(?s)id=\"data\">(.*?)</script>").matcher(page);
    assertThat(data.find()).isTrue();
    assertThat(new ObjectMapper().readTree(data.group(1)).isObject()).isTrue();
    String table = kind.apply(HOSTILE).text(80);
    assertThat(table.chars().noneMatch(c -> c != '\n' && Character.isISOControl(c))).isTrue();
    assertThat(kind.apply("a").title()).isEqualTo("a");
    assertThat(kind.apply("a").svg()).contains("prefers-color-scheme:dark");
  }

  @Test
  void attentionOfAUsualModelIsSmall() throws Exception {
    Random random = new Random(1);
    AttentionGrid grid = AttentionGrid.of("GPT-2", Collections.nCopies(30, "_token"));
    for (int head = 0; head < 144; head++) {
      double[][] pattern = new double[30][30];
      for (double[] row : pattern) {
        for (int i = 0; i < row.length; i++) {
          row[i] = random.nextDouble();
        }
      }
      grid = grid.head(head / 12, head % 12, pattern);
    }
    assertThat(grid.html().length()).isLessThan(200_000);
    Matcher data = Pattern.compile("(?s)id=\"data\">(.*?)</script>").matcher(grid.html());
    assertThat(data.find()).isTrue();
    JsonNode json = new ObjectMapper().readTree(data.group(1));
    assertThat(json.get("heads")).hasSize(144);
    assertThat(json.get("heads").get(0).get("levels").asText()).hasLength(465);
  }

  @Test
  void aLevelIsTheNumberAgain() {
    String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (double value : new double[] {-3, -0.5, 0, 1.25, 4}) {
      String level = Level.of(value, -3, 4);
      double back =
          -3
              + 7
                  * (digits.indexOf(level.charAt(0)) * 64 + digits.indexOf(level.charAt(1)))
                  / 4094.0;
      assertWithMessage("%s", value).that(back).isWithin(0.001).of(value);
    }
    assertThat(Level.of(Double.NaN, 0, 1)).isEqualTo("__");
  }

  @Test
  void linesAreSeenAndTold() throws Exception {
    String svg =
        LinePlot.of("AUROC", "layer", "AUROC").points(0, 1, 2).line("probe", 0.5, 0.8, 1).svg();
    assertThat(svg).contains("probe, layer 1: 0.8");
    assertThat(parse(svg).getElementsByTagName("circle").getLength()).isEqualTo(3);
    String bars = BarChart.of("b", "logits").bar("up", 2).bar("down", -1).svg();
    assertThat(bars).contains("down: -1 logits");
  }

  @Test
  void aFileIsWhatItsNameSays() throws Exception {
    Figure figure = BarChart.of("b", "x").bar("a", 1);
    assertThat(Files.readString(figure.write(folder.resolve("a.svg")))).startsWith("<svg ");
    assertThat(Files.readString(figure.write(folder.resolve("a.html")))).startsWith("<!doctype");
    assertThat(assertThrows(RunException.class, () -> figure.write(folder.resolve("a.png"))))
        .hasMessageThat()
        .contains("expected a file that ends in .svg or .html");
    assertThat(
            assertThrows(
                RunException.class, () -> LinePlot.of("", "", "").points(1, 2).line("a", 1)))
        .hasMessageThat()
        .isEqualTo("line 'a': expected a value for each of 2 points, found 1");
  }

  private static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }
}
