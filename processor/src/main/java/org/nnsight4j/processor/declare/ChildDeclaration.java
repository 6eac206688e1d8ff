package org.nnsight4j.processor.declare;

import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.type.ExecutableType;
import org.nnsight4j.processor.model.RuntimeNames;

/**
 * An abstract method of a layer interface.
 *
 * @param type its types, with the type arguments of the layer that has it
 * @param signature its name and erased parameter types
 * @param at its {@code @At}, if any
 * @param shape its {@code @Shape}, if any
 */
public record ChildDeclaration(
    ExecutableElement method,
    ExecutableType type,
    String signature,
    Returned returned,
    Optional<Mark> at,
    Optional<Mark> shape) {
  public String name() {
    return method.getSimpleName().toString();
  }

  /** The {@code @Index} of its parameter, if any. */
  public Optional<Mark> index() {
    return method.getParameters().stream()
        .flatMap(parameter -> Mark.of(parameter, RuntimeNames.INDEX).stream())
        .findFirst();
  }

  /** Whether only some configurations have it. */
  public boolean mayBeAbsent() {
    return Mark.of(method, RuntimeNames.MAY_BE_ABSENT).isPresent();
  }

  /** The module's name, or dotted path, below the enclosing layer. */
  public String path() {
    return at.flatMap(Mark::text).orElse(name());
  }
}
