package org.nnsight4j.processor.declare;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import org.nnsight4j.processor.snapshot.Snapshot;

/** Which module of the snapshot a method leads to; the first, if it is reached in several ways. */
final class SnapshotPlaces {
  private final ArchitectureDeclaration descriptor;
  private final Snapshot snapshot;
  private final Map<ExecutableElement, Snapshot.Module> modules = new HashMap<>();

  private SnapshotPlaces(ArchitectureDeclaration descriptor, Snapshot snapshot) {
    this.descriptor = descriptor;
    this.snapshot = snapshot;
  }

  static Map<ExecutableElement, Snapshot.Module> of(
      ArchitectureDeclaration descriptor, Snapshot snapshot) {
    SnapshotPlaces places = new SnapshotPlaces(descriptor, snapshot);
    descriptor.root().ifPresent(root -> places.walk(root, ""));
    return places.modules;
  }

  // This ends although layers may be cyclic, because it goes no deeper than the snapshot.
  private void walk(LayerDeclaration layer, String prefix) {
    for (ChildDeclaration child : layer.children()) {
      String repeat = child.method().getParameters().isEmpty() ? "" : ".*";
      String path = (prefix.isEmpty() ? "" : prefix + ".") + child.path() + repeat;
      Optional.ofNullable(snapshot.modules().get(path))
          .ifPresent(
              module -> {
                modules.putIfAbsent(child.method(), module);
                if (child.returned() instanceof Returned.Nested nested) {
                  descriptor.layer(nested.layer()).ifPresent(below -> walk(below, path));
                }
              });
    }
  }
}
