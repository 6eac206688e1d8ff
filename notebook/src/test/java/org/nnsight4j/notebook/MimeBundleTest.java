package org.nnsight4j.notebook;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;

class MimeBundleTest {
  private static final Figure FIGURE =
      Heatmap.of("A \"map\" & more", Scale.UNIT).columns("c", List.of("a", "b")).row("x", 0, 0.5);

  @Test
  void aFigureIsAFrameAPictureAndATable() {
    MimeBundle bundle = MimeBundle.of(FIGURE).orElseThrow();
    assertThat(bundle.data().keySet())
        .containsExactly("text/html", "image/svg+xml", "text/plain")
        .inOrder();
    assertThat(bundle.as(MimeBundle.SVG)).hasValue(FIGURE.svg());
    assertThat(bundle.toString()).isEqualTo(FIGURE.text(120));
    String html = bundle.as(MimeBundle.HTML).orElseThrow();
    assertThat(html).startsWith("<iframe ");
    assertThat(html).endsWith("\"></iframe>");
    // The browser undoes this, and has the page as it was.
    String page = html.substring(html.indexOf("srcdoc=\"") + 8, html.length() - 11);
    assertThat(page).doesNotContain("\"");
    assertThat(page.replace("&quot;", "\"").replace("&amp;", "&")).isEqualTo(FIGURE.html());
  }

  @Test
  void aResultIsItsFigureAndItsOwnTable() {
    AnalysisResult result =
        new AnalysisResult() {
          @Override
          public Figure figure() {
            return FIGURE;
          }

          @Override
          public String toJson() {
            return "{}";
          }

          @Override
          public String toString() {
            return "a table";
          }
        };
    MimeBundle bundle = MimeBundle.of(result).orElseThrow();
    assertThat(bundle.as(MimeBundle.SVG)).hasValue(FIGURE.svg());
    assertThat(bundle.toString()).isEqualTo("a table");
  }

  @Test
  void matricesAndVectorsAreDrawn() {
    Tensor matrix = Tensor.of(new float[] {1, -2, 3, 4, 5, 6}, 1, 2, 3);
    MimeBundle bundle = MimeBundle.of(matrix).orElseThrow();
    assertThat(bundle.as(MimeBundle.SVG).orElseThrow()).contains("Tensor[1, 2, 3] FLOAT32");
    assertThat(bundle.toString()).isEqualTo(matrix.toString());
    assertThat(MimeBundle.of(Tensor.of(new long[] {1, 2}, 2)).orElseThrow().data()).hasSize(3);
    assertThat(MimeBundle.of(Tensor.of(new boolean[] {true, false}, 2)).orElseThrow().data())
        .hasSize(3);
  }

  @Test
  void whatIsNoPictureIsText() {
    for (Tensor tensor :
        new Tensor[] {
          Tensor.scalar(3),
          Tensor.of(new float[8], 2, 2, 2),
          Tensor.of(new float[129], 129),
          Tensor.of(new float[0], 0, 2),
        }) {
      assertThat(MimeBundle.of(tensor).orElseThrow().data().keySet()).containsExactly("text/plain");
    }
  }

  @Test
  void othersHaveNone() {
    assertThat(MimeBundle.of("text")).isEmpty();
  }
}
