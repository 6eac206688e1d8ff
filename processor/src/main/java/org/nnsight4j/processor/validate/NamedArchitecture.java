package org.nnsight4j.processor.validate;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Report;

/** {@code @Architecture} names something. */
final class NamedArchitecture implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    Optional<String> blank = descriptor.mark().text().filter(String::isBlank);
    return blank
        .map(text -> descriptor.mark().fault(DiagnosticKind.BLANK_ARCHITECTURE, text))
        .map(fault -> new Report(List.of(fault)))
        .orElse(Report.CLEAN);
  }
}
