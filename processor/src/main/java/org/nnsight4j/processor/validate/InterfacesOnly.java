package org.nnsight4j.processor.validate;

import java.util.List;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** Only an interface can be a descriptor. */
final class InterfacesOnly implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    TypeElement element = descriptor.element();
    if (element.getKind() == ElementKind.INTERFACE) {
      return Report.CLEAN;
    }
    String name = element.getSimpleName().toString();
    String kind = Display.withKind(element);
    return new Report(
        List.of(
            Fault.on(
                element,
                DiagnosticKind.NOT_AN_INTERFACE,
                name,
                kind.substring(0, kind.indexOf(' ', 4)))));
  }
}
