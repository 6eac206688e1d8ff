package org.nnsight4j.processor.declare;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.Elements;

/** The warnings that a generated class would repeat, because it names what the author names. */
final class Lints {
  private Lints() {}

  static Set<String> of(ArchitectureDeclaration descriptor, Elements elements) {
    Set<String> lints = new TreeSet<>();
    for (Element element : named(descriptor)) {
      if (elements.isDeprecated(element)) {
        lints.add("deprecation");
        lints.add("removal");
      }
    }
    return lints;
  }

  private static Set<Element> named(ArchitectureDeclaration descriptor) {
    Set<Element> named = new LinkedHashSet<>();
    for (LayerDeclaration layer : descriptor.all()) {
      withOuter(layer.element()).forEach(named::add);
      layer.kind().flatMap(KindUse::widths).stream()
          .flatMap(widths -> widths.stream())
          .flatMap(Lints::withOuter)
          .forEach(named::add);
      for (ChildDeclaration child : layer.children()) {
        named.add(child.method());
        if (child.returned() instanceof Returned.Leaf leaf) {
          leaf.widths().stream().flatMap(Lints::withOuter).forEach(named::add);
        }
      }
    }
    return named;
  }

  private static Stream<Element> withOuter(TypeElement type) {
    return Stream.iterate(type, TypeElement.class::isInstance, Element::getEnclosingElement);
  }
}
