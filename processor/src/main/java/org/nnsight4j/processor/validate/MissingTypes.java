package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ArchitectureDeclaration.Missing;
import org.nnsight4j.processor.declare.Inheritance;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.DidYouMean;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/**
 * Every type that the descriptor mentions exists; checked only when no processor can add types any
 * more.
 */
final class MissingTypes implements Check {
  private final Inheritance inheritance;

  MissingTypes(Inheritance inheritance) {
    this.inheritance = inheritance;
  }

  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    Set<String> names = new TreeSet<>();
    for (LayerDeclaration layer : descriptor.all()) {
      names.addAll(inheritance.typeNames(layer.element()));
    }
    List<Fault> faults = new ArrayList<>();
    for (Missing missing : descriptor.missing()) {
      faults.add(
          Fault.on(
              missing.place(),
              DiagnosticKind.MISSING_TYPE,
              missing.name(),
              descriptor.generatedName(),
              DidYouMean.to(missing.name(), names)
                  .map(name -> ". Did you mean " + name + "?")
                  .orElse("")));
    }
    return new Report(faults);
  }
}
