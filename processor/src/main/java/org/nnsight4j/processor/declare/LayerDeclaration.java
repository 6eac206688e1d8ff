package org.nnsight4j.processor.declare;

import java.util.List;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.model.Kind;

/**
 * An interface that states a layer and its children.
 *
 * @param kinds the kinds that it extends; exactly one in a valid descriptor
 * @param children its abstract methods in source order, inherited ones first
 * @param defaults its default methods, which belong to the author
 */
public record LayerDeclaration(
    TypeElement element,
    List<KindUse> kinds,
    List<ChildDeclaration> children,
    List<ExecutableElement> defaults) {

  /** The one kind, unless there are none or several. */
  public Optional<KindUse> kind() {
    return kinds.size() == 1 ? Optional.of(kinds.get(0)) : Optional.empty();
  }

  public boolean is(Kind kind) {
    return kind().filter(use -> use.kind() == kind).isPresent();
  }

  public String name() {
    return element.getSimpleName().toString();
  }
}
