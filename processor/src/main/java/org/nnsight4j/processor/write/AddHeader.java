package org.nnsight4j.processor.write;

import static javax.lang.model.element.Modifier.FINAL;
import static javax.lang.model.element.Modifier.PRIVATE;
import static javax.lang.model.element.Modifier.PUBLIC;
import static javax.lang.model.element.Modifier.STATIC;

/** Adds modifiers and, for the root, the javadoc of the class. */
final class AddHeader implements Rule {
  @Override
  public void execute(ClassContext context) {
    if (!context.isRoot()) {
      context.type().addModifiers(PRIVATE, STATIC, FINAL);
      return;
    }
    if (context.model().isPublic()) {
      context.type().addModifiers(PUBLIC);
    }
    context.type().addModifiers(FINAL);
    context
        .type()
        .addJavadoc(
            context.layer().isPresent()
                ? "{@link $T} as a model to open and to record on.\n"
                : "Stands in for a model of {@code $T}, which has errors.\n",
            context.descriptor());
  }
}
