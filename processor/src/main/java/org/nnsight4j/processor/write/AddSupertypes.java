package org.nnsight4j.processor.write;

import com.palantir.javapoet.ParameterizedTypeName;

/** The proxy base of its kind, and the author's interface. */
final class AddSupertypes implements Rule {
  @Override
  public void execute(ClassContext context) {
    context
        .layer()
        .ifPresent(
            layer -> {
              context.type().superclass(TypeNames.nodeOf(layer.type()));
              context.type().addSuperinterface(TypeNames.of(layer.layer()));
              if (context.isRoot()) {
                context
                    .type()
                    .addSuperinterface(
                        ParameterizedTypeName.get(TypeNames.MODEL, context.descriptor()));
              }
            });
  }
}
