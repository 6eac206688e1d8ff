package org.nnsight4j.notebook.internal;

import com.google.auto.service.AutoService;
import java.util.List;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.RenderContext;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.nnsight4j.notebook.MimeBundle;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.values.Saved;

/** Registers what JJava shows; JJava loads it when this jar reaches its class path. */
@AutoService(Extension.class)
public final class JJavaExtension implements Extension {
  private static final String[] FORMS = {MimeBundle.HTML, MimeBundle.SVG, MimeBundle.TEXT};

  @Override
  public void install(BaseKernel kernel) {
    register(kernel.getRenderer());
  }

  /** Registers with a renderer. */
  static void register(Renderer renderer) {
    for (Class<?> type : List.of(Figure.class, AnalysisResult.class, Tensor.class, Saved.class)) {
      renderer
          .createRegistration(type)
          .supporting(FORMS)
          .preferring(FORMS)
          .register(JJavaExtension::render);
    }
  }

  private static void render(Object object, RenderContext context) {
    MimeBundle.of(object)
        .ifPresentOrElse(
            bundle ->
                bundle
                    .data()
                    .forEach(
                        (type, text) ->
                            context.renderIfRequested(MIMEType.parse(type), () -> text)),
            () -> context.renderIfRequested(MIMEType.TEXT_PLAIN, object::toString));
  }
}
