package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.lang.model.type.TypeMirror;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** Naming a place cannot fail. */
final class NoThrows implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        List<? extends TypeMirror> thrown = child.method().getThrownTypes();
        if (!thrown.isEmpty() && !soFar.has(child.method(), Set.of(DiagnosticKind.RESERVED_NAME))) {
          faults.add(
              Fault.on(
                  child.method(),
                  DiagnosticKind.THROWS_CLAUSE,
                  Display.of(child.method()),
                  Display.of(thrown.get(0))));
        }
      }
    }
    return new Report(faults);
  }
}
