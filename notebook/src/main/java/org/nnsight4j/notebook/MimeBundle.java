package org.nnsight4j.notebook;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.values.Saved;

/**
 * One object in the forms that Jupyter can show, by MIME type: {@code text/html} is the figure with
 * its hints, {@code image/svg+xml} the picture for viewers that show no HTML of others, {@code
 * text/plain} the table. Figures have all three, and so have results of analyses and tensors of one
 * or two axes, not counting those of length 1; other tensors are text. What a run saved is shown as
 * its tensor.
 *
 * <p>JJava and rapaio call this by themselves. In another kernel, give {@link #data()} to its
 * display function.
 */
public final class MimeBundle {
  /** The MIME type of a picture. */
  public static final String SVG = "image/svg+xml";

  /** The MIME type of a page. */
  public static final String HTML = "text/html";

  /** The MIME type of text. */
  public static final String TEXT = "text/plain";

  private static final int COLUMNS = 120;
  private static final int CELLS = 128;

  private final Map<String, String> data;

  private MimeBundle(Map<String, String> data) {
    this.data = Collections.unmodifiableMap(data);
  }

  /** The forms of a figure, a result, a tensor or a saved value; empty for anything else. */
  public static Optional<MimeBundle> of(Object object) {
    if (object instanceof Figure figure) {
      return Optional.of(drawn(figure, figure.text(COLUMNS)));
    }
    if (object instanceof AnalysisResult result) {
      return Optional.of(drawn(result.figure(), result.toString()));
    }
    if (object instanceof Tensor tensor) {
      return Optional.of(of(tensor));
    }
    // Before its run, a saved value has no numbers: its text says so.
    return object instanceof Saved<?> saved && saved.isPresent()
        ? Optional.of(of(saved.value()))
        : Optional.empty();
  }

  private static MimeBundle of(Tensor tensor) {
    long[] lengths =
        IntStream.range(0, tensor.rank())
            .mapToLong(tensor::shape)
            .filter(length -> length != 1)
            .toArray();
    boolean isDrawn =
        lengths.length >= 1
            && lengths.length <= 2
            && tensor.size() > 0
            && lengths[0] <= CELLS
            && lengths[lengths.length - 1] <= CELLS;
    if (!isDrawn) {
      Map<String, String> data = new LinkedHashMap<>();
      data.put(TEXT, tensor.toString());
      return new MimeBundle(data);
    }
    Tensor matrix =
        tensor.reshape(lengths.length == 2 ? lengths[0] : 1, lengths[lengths.length - 1]);
    double[][] rows = matrix.toDoubleMatrix();
    Heatmap map =
        Heatmap.of(tensor.header(), Scale.signedFor(matrix.toDoubleArray()))
            .columns("", IntStream.range(0, rows[0].length).mapToObj(Integer::toString).toList());
    for (int row = 0; row < rows.length; row++) {
      map = map.row(Integer.toString(row), rows[row]);
    }
    return drawn(map, tensor.toString());
  }

  private static MimeBundle drawn(Figure figure, String text) {
    Map<String, String> data = new LinkedHashMap<>();
    data.put(HTML, frame(figure.html()));
    data.put(SVG, figure.svg());
    data.put(TEXT, text);
    return new MimeBundle(data);
  }

  /** A figure is a whole page: in a frame its style and its script reach nothing else. */
  private static String frame(String page) {
    return "<iframe style=\"border:0;width:100%;height:24em\""
        + " onload=\"this.style.height=this.contentDocument.documentElement.scrollHeight+'px'\""
        + " srcdoc=\""
        + page.replace("&", "&amp;").replace("\"", "&quot;")
        + "\"></iframe>";
  }

  /** The forms by their MIME types, the richest first. */
  public Map<String, String> data() {
    return data;
  }

  /** The form of one MIME type. */
  public Optional<String> as(String mimeType) {
    return Optional.ofNullable(data.get(mimeType));
  }

  /** The form as text. */
  @Override
  public String toString() {
    return as(TEXT).orElseThrow();
  }
}
