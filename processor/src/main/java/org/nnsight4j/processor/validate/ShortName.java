package org.nnsight4j.processor.validate;

import java.util.List;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.FileNames;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** The name of the generated class fits into a file name. */
final class ShortName implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    int length = FileNames.length(descriptor.generatedName());
    return length <= FileNames.LONGEST
        ? Report.CLEAN
        : new Report(
            List.of(
                Fault.on(
                    descriptor.element(),
                    DiagnosticKind.NAME_TOO_LONG,
                    descriptor.generatedName(),
                    length,
                    FileNames.LONGEST)));
  }
}
