package org.nnsight4j.processor.write;

import static javax.lang.model.element.Modifier.PUBLIC;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.MethodSpec;
import org.nnsight4j.processor.model.LayerModel;
import org.nnsight4j.processor.model.Member;
import org.nnsight4j.processor.model.RuntimeNames;

/** Fills in for faulty methods, so that their mistakes remain the only errors. */
final class AddFaultyMembers implements Rule {
  @Override
  public void execute(ClassContext context) {
    context.layer().map(LayerModel::members).stream()
        .flatMap(members -> members.stream())
        .filter(Member.Faulty.class::isInstance)
        .map(Member.Faulty.class::cast)
        .forEach(faulty -> context.type().addMethod(method(faulty, context.names())));
  }

  private static MethodSpec method(Member.Faulty faulty, TypeNames names) {
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(faulty.method())
            .addAnnotation(names.of(RuntimeNames.OVERRIDE))
            .addAnnotation(
                AnnotationSpec.builder(names.of(RuntimeNames.SUPPRESS_WARNINGS))
                    .addMember("value", "{$S, $S}", "rawtypes", "unchecked")
                    .build())
            .addModifiers(PUBLIC)
            .returns(names.of(faulty.returned()));
    for (Member.Parameter parameter : faulty.parameters()) {
      method.addParameter(names.of(parameter.type()), parameter.name());
    }
    return method
        .addStatement(
            "throw new $T($S)",
            names.of(RuntimeNames.ILLEGAL_STATE),
            "compiled with an error: " + faulty.reason())
        .build();
  }
}
