package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Returned;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** No module has two methods: neither in the same layer, nor as a child's child. */
final class DistinctPaths implements Check {
  private static final Set<DiagnosticKind> ELSEWHERE =
      Set.of(DiagnosticKind.RESERVED_NAME, DiagnosticKind.BAD_PATH);

  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      List<ChildDeclaration> children =
          layer.children().stream().filter(child -> !soFar.has(child.method(), ELSEWHERE)).toList();
      Map<String, ChildDeclaration> byPath = new HashMap<>();
      for (ChildDeclaration child : children) {
        ChildDeclaration first = byPath.putIfAbsent(child.path(), child);
        Optional<String> rival =
            first == null
                ? throughSiblings(child, children, descriptor)
                : Optional.of(Display.of(first.method()));
        rival.ifPresent(name -> faults.add(fault(child, name)));
      }
    }
    return new Report(faults);
  }

  private static Fault fault(ChildDeclaration child, String rival) {
    Fault fault =
        Fault.on(
            child.method(),
            DiagnosticKind.DUPLICATE_PATH,
            rival,
            Display.of(child.method()),
            child.path());
    return child.at().map(at -> fault.at(at.mirror(), at.value().orElse(null))).orElse(fault);
  }

  /** How siblings lead to the same place: {@code mlp().cFc()} for {@code @At("mlp.c_fc")}. */
  private static Optional<String> throughSiblings(
      ChildDeclaration child, List<ChildDeclaration> children, ArchitectureDeclaration descriptor) {
    for (ChildDeclaration sibling : children) {
      if (child.path().startsWith(sibling.path() + ".")) {
        String rest = child.path().substring(sibling.path().length() + 1);
        Optional<String> below = below(sibling, rest, descriptor, new HashSet<>());
        if (below.isPresent()) {
          return below;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> below(
      ChildDeclaration parent,
      String path,
      ArchitectureDeclaration descriptor,
      Set<TypeElement> seen) {
    // A repeated child's own children are below h.0, not below h.
    if (!(parent.returned() instanceof Returned.Nested nested)
        || !parent.method().getParameters().isEmpty()
        || !seen.add(nested.layer())) {
      return Optional.empty();
    }
    for (ChildDeclaration child :
        descriptor.layer(nested.layer()).map(LayerDeclaration::children).orElse(List.of())) {
      Optional<String> found =
          child.path().equals(path)
              ? Optional.of(Display.of(child.method()))
              : path.startsWith(child.path() + ".")
                  ? below(child, path.substring(child.path().length() + 1), descriptor, seen)
                  : Optional.empty();
      if (found.isPresent()) {
        return found.map(name -> Display.of(parent.method()) + "." + name);
      }
    }
    return Optional.empty();
  }
}
