package org.nnsight4j.processor.write;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;

/** {@code @Generated}, without a date: the same descriptor gives the same bytes. */
final class MarkAsGenerated implements Rule {
  private static final ClassName GENERATED =
      ClassName.get("javax.annotation.processing", "Generated");

  private final String generator;

  MarkAsGenerated(String generator) {
    this.generator = generator;
  }

  @Override
  public void execute(ClassContext context) {
    if (context.model().markGenerated()) {
      context
          .type()
          .addAnnotation(
              AnnotationSpec.builder(GENERATED).addMember("value", "$S", generator).build());
    }
  }
}
