package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.TypeParameterElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** Neither descriptors nor their layer interfaces are generic; what they extend may be. */
final class NoTypeParameters implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      List<? extends TypeParameterElement> parameters = layer.element().getTypeParameters();
      if (!parameters.isEmpty()) {
        TypeParameterElement first = parameters.get(0);
        faults.add(
            Fault.on(
                first, DiagnosticKind.GENERIC_DESCRIPTOR, layer.name(), first.getSimpleName()));
      }
    }
    return new Report(faults);
  }
}
