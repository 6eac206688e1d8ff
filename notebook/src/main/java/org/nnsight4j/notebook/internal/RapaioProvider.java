package org.nnsight4j.notebook.internal;

import com.google.auto.service.AutoService;
import java.util.List;
import java.util.stream.Stream;
import org.nnsight4j.notebook.MimeBundle;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.values.Saved;
import org.rapaio.jupyter.kernel.display.DisplayData;
import org.rapaio.jupyter.kernel.display.DisplayRenderer;
import org.rapaio.jupyter.kernel.display.DisplayTransformer;
import org.rapaio.jupyter.kernel.display.spi.DisplayProvider;

/** Says what rapaio's kernel shows; the kernel loads it when this jar reaches its class path. */
@AutoService(DisplayProvider.class)
public final class RapaioProvider implements DisplayProvider {
  @Override
  public List<DisplayRenderer> getDisplayRenderers() {
    return Stream.of(Figure.class, AnalysisResult.class, Tensor.class, Saved.class)
        .<DisplayRenderer>map(Forms::new)
        .toList();
  }

  @Override
  public List<DisplayTransformer> getDisplayTransformers() {
    return List.of();
  }

  /** All forms at once: the notebook keeps them, and its viewer chooses. */
  private record Forms(Class<?> rendererClass) implements DisplayRenderer {
    @Override
    public boolean canRender(String mimeType) {
      return true;
    }

    @Override
    public DisplayData render(String mimeType, Object object) {
      DisplayData data = DisplayData.fromText(object.toString());
      MimeBundle.of(object).ifPresent(bundle -> bundle.data().forEach(data::putData));
      return data;
    }
  }
}
