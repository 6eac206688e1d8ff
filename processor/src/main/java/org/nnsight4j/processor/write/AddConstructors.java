package org.nnsight4j.processor.write;

import static javax.lang.model.element.Modifier.PRIVATE;
import static javax.lang.model.element.Modifier.PUBLIC;

import com.palantir.javapoet.MethodSpec;
import org.nnsight4j.processor.model.RuntimeNames;

/**
 * Adds a constructor for users, which knows only paths, and one for {@code bind}; proxies get a
 * path.
 */
final class AddConstructors implements Rule {
  @Override
  public void execute(ClassContext context) {
    if (!context.isRoot()) {
      context
          .type()
          .addMethod(
              MethodSpec.constructorBuilder()
                  .addParameter(context.names().of(RuntimeNames.SCOPE), "scope")
                  .addParameter(context.names().of(RuntimeNames.STRING), "path")
                  .addStatement("super(scope, path)")
                  .build());
      return;
    }
    MethodSpec.Builder unbound = MethodSpec.constructorBuilder().addModifiers(PUBLIC);
    if (context.layer().isEmpty()) {
      context.type().addMethod(unbound.build());
      return;
    }
    context
        .type()
        .addMethod(
            unbound
                .addJavadoc("An unbound model: it knows every path, and records nothing.\n")
                .addStatement("super($S)", context.model().architecture())
                .build())
        .addMethod(
            MethodSpec.constructorBuilder()
                .addModifiers(PRIVATE)
                .addParameter(context.names().of(RuntimeNames.SCOPE), "scope")
                .addStatement("super(scope, $S)", "")
                .build());
  }
}
