package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.TypeParameterElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** The caller of a child's method cannot choose its width. */
final class NoGenericMethods implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        List<? extends TypeParameterElement> parameters = child.method().getTypeParameters();
        if (!parameters.isEmpty()) {
          TypeParameterElement first = parameters.get(0);
          faults.add(
              Fault.on(
                  first,
                  DiagnosticKind.GENERIC_METHOD,
                  Display.of(child.method()),
                  first.getSimpleName()));
        }
      }
    }
    return new Report(faults);
  }
}
