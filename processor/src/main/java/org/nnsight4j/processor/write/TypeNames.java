package org.nnsight4j.processor.write;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import java.util.List;
import java.util.Set;
import org.nnsight4j.processor.model.LayerType;
import org.nnsight4j.processor.model.Member.Target;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.model.TypeRef;

/**
 * Converts the model's types to JavaPoet's.
 *
 * @param inFull outermost types that are written with their packages
 */
record TypeNames(Set<TypeRef.Named> inFull) {

  ClassName of(TypeRef.Named type) {
    List<String> names = type.simpleNames();
    String[] inner = names.subList(1, names.size()).toArray(String[]::new);
    // Without a package of its own, JavaPoet neither imports nor shortens it.
    return inFull.contains(type.outermost())
        ? ClassName.get("", type.outermost().qualifiedName(), inner)
        : ClassName.get(type.packageName(), names.get(0), inner);
  }

  ClassName of(String qualifiedName) {
    return of(TypeRef.Named.of(qualifiedName));
  }

  TypeName of(TypeRef type) {
    if (type instanceof TypeRef.ArrayOf array) {
      return ArrayTypeName.of(of(array.component()));
    }
    return type instanceof TypeRef.Named named ? of(named) : keyword((TypeRef.Keyword) type);
  }

  private static TypeName keyword(TypeRef.Keyword keyword) {
    return switch (keyword.name()) {
      case "void" -> TypeName.VOID;
      case "boolean" -> TypeName.BOOLEAN;
      case "byte" -> TypeName.BYTE;
      case "short" -> TypeName.SHORT;
      case "int" -> TypeName.INT;
      case "long" -> TypeName.LONG;
      case "char" -> TypeName.CHAR;
      case "float" -> TypeName.FLOAT;
      case "double" -> TypeName.DOUBLE;
      default -> throw new IllegalArgumentException(keyword.name());
    };
  }

  /** {@code Layer<Gpt2.Hidden>}. */
  TypeName of(LayerType type) {
    return withWidths(type.kind().simpleName(), type);
  }

  /** {@code LayerNode<Gpt2.Hidden>}. */
  TypeName nodeOf(LayerType type) {
    return withWidths(type.kind().nodeName(), type);
  }

  ClassName rawNodeOf(LayerType type) {
    return of(type.kind().node());
  }

  /** What a child's method returns. */
  TypeName of(Target target) {
    return target instanceof Target.Nested nested
        ? of(nested.layer())
        : of(((Target.Leaf) target).type());
  }

  private TypeName withWidths(String simpleName, LayerType type) {
    return ParameterizedTypeName.get(
        of(RuntimeNames.PACKAGE + "." + simpleName),
        type.widths().stream().map(this::of).toArray(TypeName[]::new));
  }
}
