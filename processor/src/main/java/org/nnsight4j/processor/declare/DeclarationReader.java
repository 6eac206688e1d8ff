package org.nnsight4j.processor.declare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.ExecutableType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.declare.ArchitectureDeclaration.Missing;
import org.nnsight4j.processor.model.RuntimeNames;

/** Reads one descriptor, right or wrong; the rules judge it. */
public final class DeclarationReader {
  private final Inheritance inheritance;
  private final ReturnReader returns;
  private final Map<TypeElement, LayerDeclaration> layers = new LinkedHashMap<>();
  private final List<Missing> missing = new ArrayList<>();

  private DeclarationReader(Elements elements, Types types) {
    this.inheritance = new Inheritance(elements, types);
    this.returns = new ReturnReader(elements, types);
  }

  public static ArchitectureDeclaration read(
      TypeElement descriptor, Elements elements, Types types) {
    return new DeclarationReader(elements, types).read(descriptor);
  }

  private ArchitectureDeclaration read(TypeElement descriptor) {
    Mark mark =
        Mark.of(descriptor, RuntimeNames.ARCHITECTURE)
            .orElseThrow(() -> new IllegalArgumentException(descriptor + " is not annotated"));
    note(mark);
    if (descriptor.getKind() == ElementKind.INTERFACE) {
      readLayer(descriptor);
    }
    return new ArchitectureDeclaration(descriptor, mark, layers, List.copyOf(missing));
  }

  private void readLayer(TypeElement layer) {
    // Reserves its own place first, so that parents come before children, and cycles end.
    layers.put(layer, new LayerDeclaration(layer, List.of(), List.of(), List.of()));
    List<ChildDeclaration> children = new ArrayList<>();
    List<ExecutableElement> defaults = new ArrayList<>();
    // The types of a generic interface's methods are open, and the interface is refused as a whole.
    if (layer.getTypeParameters().isEmpty()) {
      for (ExecutableElement method : inheritance.methods(layer)) {
        if (method.getModifiers().contains(Modifier.ABSTRACT)) {
          children.add(readChild(layer, method));
        } else {
          defaults.add(method);
        }
      }
    }
    noteMissingParents(layer);
    layers.put(
        layer, new LayerDeclaration(layer, returns.kindsOf(layer.asType()), children, defaults));
    for (ChildDeclaration child : children) {
      if (child.returned() instanceof Returned.Nested nested
          && !layers.containsKey(nested.layer())) {
        readLayer(nested.layer());
      }
    }
  }

  private ChildDeclaration readChild(TypeElement layer, ExecutableElement method) {
    ExecutableType type = inheritance.memberOf(layer, method);
    Returned returned = returns.read(type.getReturnType());
    if (returned instanceof Returned.Missing absent) {
      missing.add(new Missing(method, absent.name()));
    }
    for (VariableElement parameter : method.getParameters()) {
      if (parameter.asType().getKind() == TypeKind.ERROR) {
        missing.add(new Missing(parameter, parameter.asType().toString()));
      }
      Mark.of(parameter, RuntimeNames.INDEX).ifPresent(this::note);
    }
    ChildDeclaration child =
        new ChildDeclaration(
            method,
            type,
            inheritance.signature(method, layer),
            returned,
            Mark.of(method, RuntimeNames.AT),
            Mark.of(method, RuntimeNames.SHAPE));
    child.at().ifPresent(this::note);
    child.shape().ifPresent(this::note);
    return child;
  }

  private void note(Mark mark) {
    if (mark.isUnresolved()) {
      missing.add(
          new Missing(
              mark.element(), "the value of @" + mark.mirror().getAnnotationType().asElement()));
    }
  }

  private void noteMissingParents(TypeElement layer) {
    for (TypeElement type : inheritance.closure(layer)) {
      for (TypeMirror parent : type.getInterfaces()) {
        returns.missingIn(parent).ifPresent(name -> missing.add(new Missing(type, name)));
      }
    }
  }
}
