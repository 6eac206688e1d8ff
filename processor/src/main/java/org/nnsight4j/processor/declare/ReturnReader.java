package org.nnsight4j.processor.declare;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.RuntimeNames;

/** Tells layers and sites from all other types. */
final class ReturnReader {
  private static final String ANY_LAYER =
      "such as Layer<Hidden> or an interface of yours that extends one";

  private final Elements elements;
  private final Types types;

  ReturnReader(Elements elements, Types types) {
    this.elements = elements;
    this.types = types;
  }

  Returned read(TypeMirror type) {
    Optional<String> missing = missingIn(type);
    if (missing.isPresent()) {
      return new Returned.Missing(missing.get());
    }
    if (type.getKind() != TypeKind.DECLARED) {
      return new Returned.Wrong(Display.of(type), ANY_LAYER);
    }
    DeclaredType declared = (DeclaredType) type;
    TypeElement element = (TypeElement) declared.asElement();
    Optional<Kind> kind = Kind.of(element.getQualifiedName().toString());
    return kind.isPresent() ? leaf(kind.get(), declared) : nested(element);
  }

  private Returned leaf(Kind kind, DeclaredType type) {
    Optional<List<TypeElement>> widths = widths(type);
    if (widths.isPresent()) {
      return new Returned.Leaf(kind, widths.get());
    }
    String advice =
        "and a width is an interface of yours that extends Axis, as in " + kind.example();
    return type.getTypeArguments().isEmpty()
        ? new Returned.Wrong(kind.simpleName() + " without a width", advice)
        : new Returned.Wrong(Display.of(type), advice);
  }

  private Returned nested(TypeElement element) {
    String name = Display.of(element);
    if (element.getKind() != ElementKind.INTERFACE) {
      return new Returned.Wrong(Display.withKind(element), ANY_LAYER);
    }
    if (isAxis(element)) {
      return new Returned.Wrong("the width " + name, "as in Layer<" + name + ">");
    }
    if (!kindsOf(element.asType()).isEmpty() || isAuthorsOwn(element)) {
      return new Returned.Nested(element);
    }
    return new Returned.Wrong("the interface " + name, ANY_LAYER);
  }

  private boolean isAxis(TypeElement element) {
    TypeElement axis = elements.getTypeElement(RuntimeNames.AXIS);
    return axis != null && types.isSubtype(element.asType(), axis.asType());
  }

  // Probably a layer that forgot its kind: the interface is at fault, not the method that returns
  // it.
  private boolean isAuthorsOwn(TypeElement element) {
    PackageElement home = elements.getPackageOf(element);
    String name = home.getQualifiedName().toString();
    return !name.equals(RuntimeNames.PACKAGE)
        && !name.startsWith("java.")
        && !name.startsWith("javax.");
  }

  /** The kinds that a type extends, without those that come with another. */
  List<KindUse> kindsOf(TypeMirror type) {
    Map<Kind, KindUse> found = new EnumMap<>(Kind.class);
    collectKinds(type, found);
    List.copyOf(found.keySet()).forEach(kind -> found.keySet().removeAll(kind.included()));
    return List.copyOf(found.values());
  }

  private void collectKinds(TypeMirror type, Map<Kind, KindUse> found) {
    for (TypeMirror parent : types.directSupertypes(type)) {
      if (parent.getKind() != TypeKind.DECLARED) {
        continue;
      }
      DeclaredType declared = (DeclaredType) parent;
      TypeElement element = (TypeElement) declared.asElement();
      Kind.of(element.getQualifiedName().toString())
          .ifPresent(kind -> found.putIfAbsent(kind, new KindUse(kind, widths(declared))));
      collectKinds(parent, found);
    }
  }

  /** The type arguments, if there are any and each is a plain interface. */
  private static Optional<List<TypeElement>> widths(DeclaredType type) {
    List<TypeElement> widths = new ArrayList<>();
    for (TypeMirror argument : type.getTypeArguments()) {
      if (!(argument instanceof DeclaredType declared)
          || argument.getKind() != TypeKind.DECLARED
          || !((TypeElement) declared.asElement()).getTypeParameters().isEmpty()) {
        return Optional.empty();
      }
      widths.add((TypeElement) declared.asElement());
    }
    return widths.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(widths));
  }

  /** The first name in a type that does not resolve. */
  Optional<String> missingIn(TypeMirror type) {
    if (type.getKind() == TypeKind.ERROR) {
      return Optional.of(type.toString());
    }
    if (type.getKind() == TypeKind.DECLARED) {
      return ((DeclaredType) type)
          .getTypeArguments().stream()
              .flatMap(argument -> missingIn(argument).stream())
              .findFirst();
    }
    return Optional.empty();
  }
}
