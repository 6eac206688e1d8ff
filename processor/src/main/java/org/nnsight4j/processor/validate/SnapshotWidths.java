package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.KindUse;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Returned;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.snapshot.Snapshot;
import org.nnsight4j.processor.snapshot.Snapshot.Module;

/** The widths of a layer's input and output, here and there. */
final class SnapshotWidths {
  private final Snapshot snapshot;

  SnapshotWidths(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** What is wrong with the widths of a method's layer, if anything. */
  Optional<String> compare(
      ChildDeclaration child, ArchitectureDeclaration descriptor, Module module) {
    Optional<KindUse> use = Optional.empty();
    if (child.returned() instanceof Returned.Leaf leaf) {
      use = Optional.of(new KindUse(leaf.kind(), Optional.of(leaf.widths())));
    } else if (child.returned() instanceof Returned.Nested nested) {
      use = descriptor.layer(nested.layer()).flatMap(LayerDeclaration::kind);
    }
    return use.flatMap(found -> compare(found, Display.of(child.method()), module));
  }

  Optional<String> compare(KindUse use, String who, Module module) {
    List<TypeElement> declared = use.widths().orElse(List.of());
    if (declared.size() != use.kind().widths()) {
      return Optional.empty();
    }
    List<String> wrong = new ArrayList<>();
    if (use.kind() == Kind.TRANSFORM || use.kind() == Kind.TUPLE_LAYER) {
      compare(declared.get(0), "takes", module.input()).ifPresent(wrong::add);
    }
    compare(declared.get(declared.size() - 1), "gives", module.output()).ifPresent(wrong::add);
    return wrong.isEmpty()
        ? Optional.empty()
        : Optional.of("%s %s in %s".formatted(who, String.join(", and ", wrong), snapshot.file()));
  }

  private Optional<String> compare(TypeElement declared, String verb, Optional<String> axis) {
    String name = declared.getSimpleName().toString().toLowerCase(Locale.ROOT);
    if (axis.isEmpty()
        || axis.get().equals(name)
        || declared.getQualifiedName().contentEquals(RuntimeNames.AXIS)) {
      return Optional.empty();
    }
    return Optional.of(
        "%s %s, but %s%s"
            .formatted(
                verb, declared.getSimpleName() + length(name), axis.get(), length(axis.get())));
  }

  private String length(String axis) {
    Integer length = snapshot.widths().get(axis);
    return length == null ? "" : " (" + length + ")";
  }
}
