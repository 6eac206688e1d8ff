package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Returned;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** A child's method returns a layer or a site, and its widths are known. */
final class ReturnsALayer implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        if (child.returned() instanceof Returned.Wrong wrong
            && !soFar.has(
                child.method(),
                Set.of(DiagnosticKind.RESERVED_NAME, DiagnosticKind.GENERIC_METHOD))) {
          faults.add(
              Fault.on(
                  child.method(),
                  DiagnosticKind.WRONG_RETURN_TYPE,
                  Display.of(child.method()),
                  wrong.found(),
                  wrong.advice()));
        }
      }
    }
    return new Report(faults);
  }
}
