package org.nnsight4j.processor.write;

import com.palantir.javapoet.AnnotationSpec;
import org.nnsight4j.processor.model.RuntimeNames;

/** Adds {@code @Generated} without a date, so that the same descriptor gives the same bytes. */
final class MarkAsGenerated implements Rule {
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
              AnnotationSpec.builder(context.names().of(RuntimeNames.GENERATED))
                  .addMember("value", "$S", generator)
                  .build());
    }
  }
}
