package org.nnsight4j.processor.declare;

import java.util.List;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.model.Kind;

/** What a method of a layer returns. */
public sealed interface Returned {
  /** One of the runtime's kinds with its widths. */
  record Leaf(Kind kind, List<TypeElement> widths) implements Returned {}

  /** One of the author's interfaces, which is a layer or should be one. */
  record Nested(TypeElement layer) implements Returned {}

  /** Anything else; {@code advice} is what to write in its place. */
  record Wrong(String found, String advice) implements Returned {}

  /** A type that does not exist, or not yet. */
  record Missing(String name) implements Returned {}
}
