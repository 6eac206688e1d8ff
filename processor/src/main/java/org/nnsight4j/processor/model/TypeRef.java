package org.nnsight4j.processor.model;

import java.util.List;

/**
 * A type's name in generated code: what is left of javac's types when they only have to be written.
 */
public sealed interface TypeRef {
  /** A class or interface; the outermost of its simple names comes first. */
  record Named(String packageName, List<String> simpleNames) implements TypeRef {
    public Named {
      simpleNames = List.copyOf(simpleNames);
    }

    /** The width that the compiler does not know. */
    public static final Named AXIS = of(RuntimeNames.AXIS);

    /** An outermost class by its qualified name. */
    public static Named of(String qualifiedName) {
      int dot = qualifiedName.lastIndexOf('.');
      return new Named(qualifiedName.substring(0, dot), List.of(qualifiedName.substring(dot + 1)));
    }

    public String simpleName() {
      return simpleNames.get(simpleNames.size() - 1);
    }

    /** The type that it is inside, or itself. */
    public Named outermost() {
      return new Named(packageName, simpleNames.subList(0, 1));
    }

    /** {@code good.Gpt2.Block}. */
    public String qualifiedName() {
      return (packageName.isEmpty() ? "" : packageName + ".") + String.join(".", simpleNames);
    }
  }

  /** {@code void} or a primitive. */
  record Keyword(String name) implements TypeRef {}

  record ArrayOf(TypeRef component) implements TypeRef {}
}
