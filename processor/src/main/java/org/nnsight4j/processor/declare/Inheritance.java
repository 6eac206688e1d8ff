package org.nnsight4j.processor.declare;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.ExecutableType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.model.Kind;

/**
 * What an interface inherits from its super-interfaces. {@link Elements#getAllMembers} would do if
 * it guaranteed an order.
 */
public final class Inheritance {
  private final Elements elements;
  private final Types types;

  public Inheritance(Elements elements, Types types) {
    this.elements = elements;
    this.types = types;
  }

  /**
   * The author's methods that an implementation inherits or has to implement, without those that
   * another one overrides: super-interfaces first, otherwise in source order.
   */
  List<ExecutableElement> methods(TypeElement layer) {
    Map<String, ExecutableElement> bySignature = new LinkedHashMap<>();
    for (TypeElement type : closure(layer)) {
      for (ExecutableElement method : ElementFilter.methodsIn(type.getEnclosedElements())) {
        if (!method.getModifiers().contains(Modifier.STATIC)
            && !method.getModifiers().contains(Modifier.PRIVATE)) {
          bySignature.merge(
              signature(method, layer), method, (first, second) -> closer(first, second, layer));
        }
      }
    }
    return List.copyOf(bySignature.values());
  }

  /** Of two methods with the same signature, the one that a caller of {@code layer} sees. */
  private ExecutableElement closer(
      ExecutableElement first, ExecutableElement second, TypeElement layer) {
    if (isSubtype(owner(second), owner(first))) {
      return second;
    }
    boolean narrower =
        first.getModifiers().contains(Modifier.ABSTRACT)
            && second.getModifiers().contains(Modifier.ABSTRACT)
            && isSubtype(
                memberOf(layer, second).getReturnType(), memberOf(layer, first).getReturnType());
    return narrower ? second : first;
  }

  private static TypeMirror owner(ExecutableElement method) {
    return Objects.requireNonNull(method.getEnclosingElement()).asType();
  }

  private boolean isSubtype(TypeMirror type, TypeMirror ancestor) {
    return types.isSubtype(types.erasure(type), types.erasure(ancestor));
  }

  /** A method's types with the type arguments that {@code layer} gives to its super-interfaces. */
  ExecutableType memberOf(TypeElement layer, ExecutableElement method) {
    return (ExecutableType) types.asMemberOf((DeclaredType) layer.asType(), method);
  }

  /** {@code name(erased parameter types)}. */
  public String signature(ExecutableElement method, TypeElement layer) {
    return signature(method, memberOf(layer, method).getParameterTypes());
  }

  private String signature(ExecutableElement method, List<? extends TypeMirror> parameters) {
    return method.getSimpleName()
        + parameters.stream()
            .map(type -> types.erasure(type).toString())
            .collect(joining(",", "(", ")"));
  }

  /** The signatures of a type of the platform or the runtime, including its super-types. */
  public Set<String> signatures(String qualifiedName) {
    Set<String> signatures = new LinkedHashSet<>();
    TypeElement type = elements.getTypeElement(qualifiedName);
    if (type != null) {
      for (ExecutableElement method : ElementFilter.methodsIn(elements.getAllMembers(type))) {
        if (!method.getModifiers().contains(Modifier.PRIVATE)
            && !method.getModifiers().contains(Modifier.STATIC)) {
          signatures.add(signature(method, ((ExecutableType) method.asType()).getParameterTypes()));
        }
      }
    }
    return signatures;
  }

  /** The simple names of types that a class inherits by implementing {@code layer}. */
  public Set<String> typeNames(TypeElement layer) {
    Set<String> names = new LinkedHashSet<>();
    for (TypeElement type : closure(layer)) {
      for (TypeElement member : ElementFilter.typesIn(type.getEnclosedElements())) {
        names.add(member.getSimpleName().toString());
      }
    }
    return names;
  }

  /** An interface and everything that it extends, ancestors first, up to the runtime's kinds. */
  List<TypeElement> closure(TypeElement layer) {
    List<TypeElement> closure = new ArrayList<>();
    collect(layer, closure, new HashSet<>());
    return closure;
  }

  private void collect(TypeElement type, List<TypeElement> closure, Set<TypeElement> seen) {
    if (!seen.add(type) || Kind.of(type.getQualifiedName().toString()).isPresent()) {
      return;
    }
    for (TypeMirror parent : type.getInterfaces()) {
      if (parent.getKind() == TypeKind.DECLARED) {
        collect((TypeElement) types.asElement(parent), closure, seen);
      }
    }
    closure.add(type);
  }
}
