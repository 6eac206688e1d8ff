package org.nnsight4j.processor.validate;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Returned;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** No layer contains itself. */
final class AcyclicLayers implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    Set<TypeElement> finished = new HashSet<>();
    descriptor.root().ifPresent(root -> walk(root, descriptor, List.of(), finished, faults));
    return new Report(faults);
  }

  private static void walk(
      LayerDeclaration layer,
      ArchitectureDeclaration descriptor,
      List<LayerDeclaration> above,
      Set<TypeElement> finished,
      List<Fault> faults) {
    List<LayerDeclaration> trail = Stream.concat(above.stream(), Stream.of(layer)).toList();
    for (ChildDeclaration child : layer.children()) {
      if (child.returned() instanceof Returned.Nested nested
          && !finished.contains(nested.layer())) {
        LayerDeclaration next = descriptor.layer(nested.layer()).orElseThrow();
        int start = trail.indexOf(next);
        if (start < 0) {
          walk(next, descriptor, trail, finished, faults);
        } else {
          String cycle =
              Stream.concat(trail.subList(start, trail.size()).stream(), Stream.of(next))
                  .map(LayerDeclaration::name)
                  .collect(joining(" -> "));
          faults.add(Fault.on(child.method(), DiagnosticKind.CYCLIC_LAYERS, next.name(), cycle));
        }
      }
    }
    finished.add(layer.element());
  }
}
