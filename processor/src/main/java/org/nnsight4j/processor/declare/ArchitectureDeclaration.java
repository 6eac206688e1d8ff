package org.nnsight4j.processor.declare;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.lang.model.element.Element;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;

/**
 * An annotated type and every layer interface that it leads to.
 *
 * @param layers by element, in the order of first mention; the root first; empty if the annotated
 *     type is not an interface
 * @param missing what does not resolve, perhaps because another processor has yet to write it
 */
public record ArchitectureDeclaration(
    TypeElement element,
    Mark mark,
    Map<TypeElement, LayerDeclaration> layers,
    List<Missing> missing) {

  /** A name that does not resolve to a type, and the element that mentions it. */
  public record Missing(Element place, String name) {}

  public Optional<LayerDeclaration> root() {
    return layer(element);
  }

  public Optional<LayerDeclaration> layer(TypeElement element) {
    return Optional.ofNullable(layers.get(element));
  }

  public Collection<LayerDeclaration> all() {
    return layers.values();
  }

  /** The package of the descriptor, and so of the generated class. */
  public PackageElement packageElement() {
    return Access.packageOf(element);
  }

  /** {@code Gpt2Model}, or {@code Outer_Gpt2Model} for a descriptor inside a class. */
  public String generatedName() {
    Deque<String> names = new ArrayDeque<>();
    for (Element current = element;
        current instanceof TypeElement;
        current = current.getEnclosingElement()) {
      names.addFirst(current.getSimpleName().toString());
    }
    return String.join("_", names) + "Model";
  }
}
