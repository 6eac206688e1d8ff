package org.nnsight4j.processor.write;

import com.palantir.javapoet.AnnotationSpec;
import org.nnsight4j.processor.model.RuntimeNames;

/** What is deprecated in a descriptor is told there, and not again for the class that obeys it. */
final class SuppressRepeats implements Rule {
  @Override
  public void execute(ClassContext context) {
    if (context.model().suppressed().isEmpty()) {
      return;
    }
    AnnotationSpec.Builder suppress =
        AnnotationSpec.builder(context.names().of(RuntimeNames.SUPPRESS_WARNINGS));
    context.model().suppressed().forEach(lint -> suppress.addMember("value", "$S", lint));
    context.type().addAnnotation(suppress.build());
  }
}
