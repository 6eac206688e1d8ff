package org.nnsight4j.processor.write;

import static javax.lang.model.element.Modifier.PUBLIC;

import com.palantir.javapoet.MethodSpec;
import org.nnsight4j.processor.model.RuntimeNames;

/** The root's way into a recording. */
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
                .addAnnotation(Override.class)
                .addModifiers(PUBLIC)
                .returns(context.descriptor())
                .addParameter(TypeNames.SCOPE, "scope")
                .addStatement("return new $L(scope)", context.self())
                .build());
  }
}
