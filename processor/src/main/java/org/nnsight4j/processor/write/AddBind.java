package org.nnsight4j.processor.write;

import static javax.lang.model.element.Modifier.PUBLIC;

import com.palantir.javapoet.MethodSpec;
import org.nnsight4j.processor.model.RuntimeNames;

/** Adds the method that binds the root to a recording. */
final class AddBind implements Rule {
  @Override
  public void execute(ClassContext context) {
    if (!context.isRoot() || context.layer().isEmpty()) {
      return;
    }
    context
        .type()
        .addMethod(
            MethodSpec.methodBuilder(RuntimeNames.BIND)
                .addAnnotation(context.names().of(RuntimeNames.OVERRIDE))
                .addModifiers(PUBLIC)
                .returns(context.descriptor())
                .addParameter(context.names().of(RuntimeNames.SCOPE), "scope")
                .addStatement("return new $T(scope)", context.names().of(context.model().self()))
                .build());
  }
}
