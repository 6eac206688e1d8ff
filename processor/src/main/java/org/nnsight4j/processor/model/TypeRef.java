package org.nnsight4j.processor.model;

import java.util.List;

/** A type's name in generated code: what javac's types are when nothing but writing is left. */
public sealed interface TypeRef {
  /** A class or interface; the outermost of its simple names stands first. */
  record Named(String packageName, List<String> simpleNames) implements TypeRef {
    public Named {
      simpleNames = List.copyOf(simpleNames);
    }

    public static Named runtime(String simpleName) {
      return new Named(RuntimeNames.PACKAGE, List.of(simpleName));
    }

    public String simpleName() {
      return simpleNames.get(simpleNames.size() - 1);
    }
  }

  /** {@code void} or a primitive. */
  record Keyword(String name) implements TypeRef {}

  record ArrayOf(TypeRef component) implements TypeRef {}
}
