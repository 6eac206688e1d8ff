package org.nnsight4j.processor.write;

import com.palantir.javapoet.ParameterizedTypeName;
import org.nnsight4j.processor.model.RuntimeNames;

/** Adds the proxy base class of its kind, and the author's interface. */
final class AddSupertypes implements Rule {
  @Override
  public void execute(ClassContext context) {
    context
        .layer()
        .ifPresent(
            layer -> {
              context.type().superclass(context.names().nodeOf(layer.type()));
              context.type().addSuperinterface(context.names().of(layer.layer()));
              if (context.isRoot()) {
                context
                    .type()
                    .addSuperinterface(
                        ParameterizedTypeName.get(
                            context.names().of(RuntimeNames.MODEL), context.descriptor()));
              }
            });
  }
}
