package org.nnsight4j.notebook.internal;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import java.util.ServiceLoader;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;
import org.nnsight4j.notebook.MimeBundle;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.rapaio.jupyter.kernel.display.DisplaySystem;

/** What the two kernels make of a figure and a tensor, by their own renderers. */
class KernelsTest {
  private static final Figure FIGURE =
      Heatmap.of("Map", Scale.UNIT).columns("c", List.of("a", "b")).row("x", 0, 0.5);
  private static final Tensor CUBE = Tensor.of(new float[8], 2, 2, 2);

  @Test
  void jjavaFindsTheService() {
    assertThat(ServiceLoader.load(Extension.class).stream().map(ServiceLoader.Provider::type))
        .contains(JJavaExtension.class);
  }

  @Test
  void jjavaShowsThem() {
    Renderer renderer = new Renderer();
    JJavaExtension.register(renderer);
    DisplayData shown = renderer.render(FIGURE);
    assertThat(shown.getData(MIMEType.TEXT_HTML).toString()).startsWith("<iframe");
    assertThat(shown.getData(MIMEType.IMAGE_SVG)).isEqualTo(FIGURE.svg());
    assertThat(shown.getData(MIMEType.TEXT_PLAIN)).isEqualTo(FIGURE.text(120));
    assertThat(renderer.render(CUBE).getData(MIMEType.TEXT_PLAIN)).isEqualTo(CUBE.toString());
    assertThat(renderer.render("text").getData(MIMEType.TEXT_PLAIN)).isEqualTo("text");
  }

  /** The kernel loads the service by itself. */
  @Test
  void rapaioShowsThem() {
    var data = DisplaySystem.inst().render(FIGURE).data();
    assertThat(data).containsEntry(MimeBundle.SVG, FIGURE.svg());
    assertThat(data).containsEntry(MimeBundle.TEXT, FIGURE.text(120));
    assertThat(data.get(MimeBundle.HTML).toString()).startsWith("<iframe");
    assertThat(DisplaySystem.inst().render(CUBE).data())
        .containsExactly("text/plain", CUBE.toString());
  }
}
