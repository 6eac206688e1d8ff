package org.nnsight4j.processor.declare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.model.TypeRef;

/** Converts the compiler's types to the model's. */
final class TypeRefs {
  private final Types types;
  private final Access access;

  TypeRefs(Types types, Access access) {
    this.types = types;
    this.access = access;
  }

  static TypeRef.Named named(TypeElement type) {
    List<String> names = new ArrayList<>();
    for (Element current = type;
        current instanceof TypeElement;
        current = current.getEnclosingElement()) {
      names.add(0, current.getSimpleName().toString());
    }
    return new TypeRef.Named(Access.packageOf(type).getQualifiedName().toString(), names);
  }

  /** Empty if one of them cannot be named. */
  Optional<List<TypeRef.Named>> widths(List<TypeElement> widths) {
    return widths.stream().allMatch(access::reaches)
        ? Optional.of(widths.stream().map(TypeRefs::named).toList())
        : Optional.empty();
  }

  /** Whether {@link #erased} of this type can be written. */
  boolean isWritable(TypeMirror type) {
    TypeMirror erased = types.erasure(type);
    if (erased instanceof ArrayType array) {
      return isWritable(array.getComponentType());
    }
    return switch (erased.getKind()) {
      case DECLARED -> access.reaches((TypeElement) ((DeclaredType) erased).asElement());
      case ERROR -> false;
      default -> true;
    };
  }

  TypeRef erased(TypeMirror type) {
    // Types has no erasure of void.
    if (type.getKind() == TypeKind.VOID || type.getKind().isPrimitive()) {
      return new TypeRef.Keyword(type.getKind().name().toLowerCase(Locale.ROOT));
    }
    TypeMirror erased = types.erasure(type);
    return erased instanceof ArrayType array
        ? new TypeRef.ArrayOf(erased(array.getComponentType()))
        : named((TypeElement) ((DeclaredType) erased).asElement());
  }
}
