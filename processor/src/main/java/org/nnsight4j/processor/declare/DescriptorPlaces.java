package org.nnsight4j.processor.declare;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;

/** The full paths of a descriptor's methods, for methods that have only one. */
final class DescriptorPlaces {
  private final ArchitectureDeclaration descriptor;
  private final Map<ExecutableElement, Set<String>> paths = new HashMap<>();
  private final Map<TypeElement, Integer> visits = new HashMap<>();

  private DescriptorPlaces(ArchitectureDeclaration descriptor) {
    this.descriptor = descriptor;
  }

  static DescriptorPlaces of(ArchitectureDeclaration descriptor) {
    DescriptorPlaces places = new DescriptorPlaces(descriptor);
    descriptor.root().ifPresent(root -> places.walk(root, ""));
    return places;
  }

  Optional<String> path(ChildDeclaration child) {
    Set<String> found = paths.getOrDefault(child.method(), Set.of());
    return found.size() == 1 ? found.stream().findFirst() : Optional.empty();
  }

  private void walk(LayerDeclaration layer, String prefix) {
    // Two visits show that there are several paths; cycles end here as well.
    if (visits.merge(layer.element(), 1, Integer::sum) > 2) {
      return;
    }
    for (ChildDeclaration child : layer.children()) {
      String repeat = child.method().getParameters().isEmpty() ? "" : ".*";
      String path = (prefix.isEmpty() ? "" : prefix + ".") + child.path() + repeat;
      paths.computeIfAbsent(child.method(), any -> new LinkedHashSet<>()).add(path);
      if (child.returned() instanceof Returned.Nested nested) {
        descriptor.layer(nested.layer()).ifPresent(below -> walk(below, path));
      }
    }
  }
}
