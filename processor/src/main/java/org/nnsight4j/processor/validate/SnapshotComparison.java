package org.nnsight4j.processor.validate;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.lang.model.element.Element;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Returned;
import org.nnsight4j.processor.declare.Shapes;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.DidYouMean;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;
import org.nnsight4j.processor.snapshot.Snapshot;
import org.nnsight4j.processor.snapshot.Snapshot.Module;

/** Walks a descriptor and a snapshot side by side. */
final class SnapshotComparison {
  private final ArchitectureDeclaration descriptor;
  private final Snapshot snapshot;
  private final Report soFar;
  private final SnapshotShapes shapes;
  private final SnapshotCounts counts;
  private final List<Fault> faults = new ArrayList<>();

  SnapshotComparison(ArchitectureDeclaration descriptor, Snapshot snapshot, Report soFar) {
    this.descriptor = descriptor;
    this.snapshot = snapshot;
    this.soFar = soFar;
    this.shapes = new SnapshotShapes(snapshot);
    this.counts = new SnapshotCounts(snapshot);
  }

  Report compare() {
    descriptor
        .root()
        .ifPresent(
            root -> {
              Module whole = snapshot.modules().get("");
              if (whole != null) {
                root.kind()
                    .flatMap(use -> shapes.compare(use, Shapes.usual(use), root.element(), whole))
                    .ifPresent(faults::add);
              }
              compare(root, "");
            });
    return new Report(faults);
  }

  // This ends although layers may be cyclic, because it goes no deeper than the snapshot.
  private void compare(LayerDeclaration layer, String prefix) {
    Set<String> described = new LinkedHashSet<>();
    List<ChildDeclaration> unknown = new ArrayList<>();
    for (ChildDeclaration child : layer.children()) {
      String path = join(prefix, child.path());
      String repeated = path + ".*";
      boolean isRepeated = !child.method().getParameters().isEmpty();
      described.add(path);
      described.add(repeated);
      if (soFar.of(child.method()).isPresent()) {
        continue;
      }
      Module module = snapshot.modules().get(isRepeated ? repeated : path);
      Module otherwise = snapshot.modules().get(isRepeated ? path : repeated);
      if (module != null) {
        compare(child, module);
      } else if (otherwise != null) {
        add(child.method(), DiagnosticKind.LAYER_COUNT, counts.wrongParameter(child, otherwise));
      } else if (!child.mayBeAbsent()) {
        unknown.add(child);
      }
    }
    Set<String> missing = missing(prefix, described);
    for (ChildDeclaration child : unknown) {
      tellUnknown(child, prefix, missing);
    }
    if (!missing.isEmpty()) {
      tellMissing(layer.element(), prefix, missing);
    }
  }

  private void compare(ChildDeclaration child, Module module) {
    counts
        .compare(child, module)
        .ifPresent(
            text ->
                faults.add(
                    child
                        .index()
                        .map(index -> index.faultAt("count", DiagnosticKind.LAYER_COUNT, text))
                        .orElseGet(
                            () -> Fault.on(child.method(), DiagnosticKind.LAYER_COUNT, text))));
    Optional<String> type = Shapes.type(child);
    if (type.isPresent() && module.type().filter(found -> !found.equals(type.get())).isPresent()) {
      add(
          child.method(),
          DiagnosticKind.LAYER_CLASS,
          module.path(),
          module.type().get(),
          snapshot.file(),
          type.get());
    }
    Shapes.kind(child, descriptor)
        .flatMap(use -> shapes.compare(use, Shapes.of(child, use), child.method(), module))
        .ifPresent(faults::add);
    if (child.returned() instanceof Returned.Nested nested) {
      descriptor.layer(nested.layer()).ifPresent(layer -> compare(layer, module.path()));
    } else {
      Set<String> missing = missing(module.path(), Set.of());
      if (!missing.isEmpty()) {
        tellMissing(child.method(), module.path(), missing);
      }
    }
  }

  /** The topmost modules below a path that no method leads to. */
  private Set<String> missing(String prefix, Set<String> described) {
    Set<String> missing = new TreeSet<>();
    for (String path : snapshot.modules().keySet()) {
      boolean isBelow = !path.isEmpty() && (prefix.isEmpty() || path.startsWith(prefix + "."));
      if (isBelow && described.stream().noneMatch(one -> leads(one, path))) {
        missing.add(path);
      }
    }
    missing.removeIf(path -> missing.stream().anyMatch(above -> path.startsWith(above + ".")));
    return missing;
  }

  /** A method for {@code mlp.c_fc} leads past {@code mlp}. */
  private static boolean leads(String described, String path) {
    return path.equals(described)
        || path.startsWith(described + ".")
        || described.startsWith(path + ".");
  }

  private void tellUnknown(ChildDeclaration child, String prefix, Set<String> missing) {
    List<String> candidates = missing.stream().map(path -> name(prefix, path)).toList();
    Optional<String> similar = DidYouMean.to(child.path(), candidates);
    if (similar.isEmpty() && !snapshot.complete()) {
      return; // it may have no weights
    }
    String advice = similar.map(each -> "did you mean '" + each + "'?").orElse("remove it");
    Object[] arguments = {titled(prefix), child.path(), snapshot.file(), advice};
    faults.add(
        child
            .at()
            .map(at -> at.fault(DiagnosticKind.UNKNOWN_LAYER, arguments))
            .orElseGet(() -> Fault.on(child.method(), DiagnosticKind.UNKNOWN_LAYER, arguments)));
    // One mistake is one error.
    similar.ifPresent(name -> missing.removeIf(path -> name(prefix, path).equals(name)));
  }

  private void tellMissing(Element place, String prefix, Set<String> missing) {
    String names =
        snapshot.modules().values().stream()
            .filter(module -> missing.contains(module.path()))
            .map(Module::title)
            .collect(joining(", "));
    add(place, DiagnosticKind.MISSING_LAYER, titled(prefix), names, snapshot.file());
  }

  private void add(Element place, DiagnosticKind message, Object... arguments) {
    faults.add(Fault.on(place, message, arguments));
  }

  private String titled(String prefix) {
    return prefix.isEmpty() ? snapshot.architecture() : prefix;
  }

  private static String name(String prefix, String path) {
    String name = prefix.isEmpty() ? path : path.substring(prefix.length() + 1);
    return name.endsWith(".*") ? name.substring(0, name.length() - 2) : name;
  }

  private static String join(String prefix, String name) {
    return prefix.isEmpty() ? name : prefix + "." + name;
  }
}
