package org.nnsight4j.processor.write;

import com.palantir.javapoet.AnnotationSpec;
import org.nnsight4j.processor.model.RuntimeNames;

/**
 * Suppresses warnings about deprecated parts of a descriptor, which javac already reports at the
 * descriptor.
 */
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
