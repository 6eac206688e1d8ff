package org.nnsight4j.processor.declare;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.Element;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;

/** Which types a class in one package may name. */
public record Access(PackageElement from) {

  public boolean reaches(TypeElement type) {
    return obstacle(type).isEmpty();
  }

  /** The type itself or the enclosing one that cannot be named. */
  public Optional<TypeElement> obstacle(TypeElement type) {
    Optional<TypeElement> outer =
        type.getEnclosingElement() instanceof TypeElement enclosing
            ? obstacle(enclosing)
            : Optional.empty();
    if (outer.isPresent()) {
      return outer;
    }
    Set<Modifier> modifiers = type.getModifiers();
    boolean open =
        modifiers.contains(Modifier.PUBLIC)
            || (!modifiers.contains(Modifier.PRIVATE) && from.equals(packageOf(type)));
    return open ? Optional.empty() : Optional.of(type);
  }

  /** Whether every package may name the type. */
  static boolean isPublic(TypeElement type) {
    return type.getModifiers().contains(Modifier.PUBLIC)
        && (!(type.getEnclosingElement() instanceof TypeElement enclosing) || isPublic(enclosing));
  }

  static PackageElement packageOf(TypeElement type) {
    Element outer = Objects.requireNonNull(type.getEnclosingElement());
    return outer instanceof TypeElement enclosing ? packageOf(enclosing) : (PackageElement) outer;
  }
}
