package org.nnsight4j.processor.write;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import java.util.List;
import org.nnsight4j.processor.model.LayerType;
import org.nnsight4j.processor.model.Member.Target;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.model.TypeRef;

/** From the model's types to JavaPoet's. */
final class TypeNames {
  static final ClassName SCOPE = ClassName.bestGuess(RuntimeNames.SCOPE);
  static final ClassName MODEL = ClassName.bestGuess(RuntimeNames.MODEL);
  static final ClassName INDEX = ClassName.bestGuess(RuntimeNames.INDEX);

  private TypeNames() {}

  static ClassName of(TypeRef.Named type) {
    List<String> names = type.simpleNames();
    return ClassName.get(
        type.packageName(), names.get(0), names.subList(1, names.size()).toArray(String[]::new));
  }

  static TypeName of(TypeRef type) {
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
  static TypeName of(LayerType type) {
    return withWidths(type.kind().simpleName(), type);
  }

  /** {@code LayerNode<Gpt2.Hidden>}. */
  static TypeName nodeOf(LayerType type) {
    return withWidths(type.kind().nodeName(), type);
  }

  static ClassName rawNodeOf(LayerType type) {
    return ClassName.get(RuntimeNames.PACKAGE, type.kind().nodeName());
  }

  /** What a child's method returns. */
  static TypeName of(Target target) {
    return target instanceof Target.Nested nested
        ? of(nested.layer())
        : of(((Target.Leaf) target).type());
  }

  private static TypeName withWidths(String simpleName, LayerType type) {
    return ParameterizedTypeName.get(
        ClassName.get(RuntimeNames.PACKAGE, simpleName),
        type.widths().stream().map(TypeNames::of).toArray(TypeName[]::new));
  }
}
