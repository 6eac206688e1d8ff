package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.Implementable;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** The generated classes may implement every layer interface. */
final class OpenLayers implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      if (Implementable.isClosed(layer.element(), descriptor)) {
        faults.add(
            Fault.on(
                layer.element(),
                DiagnosticKind.SEALED_LAYER,
                layer.name(),
                descriptor.generatedName()));
      }
    }
    return new Report(faults);
  }
}
