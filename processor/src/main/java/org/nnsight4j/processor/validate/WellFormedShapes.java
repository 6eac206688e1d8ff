package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.KindUse;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.declare.Shapes;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** {@code @Shape} names all axes, and ends with the width that the type has. */
final class WellFormedShapes implements Check {
  private static final Pattern NAMES = Pattern.compile("\\[\\w+(, \\w+)*]");

  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        child
            .shape()
            .flatMap(shape -> fault(shape, Shapes.kind(child, descriptor)))
            .ifPresent(faults::add);
      }
    }
    return new Report(faults);
  }

  private static Optional<Fault> fault(Mark shape, Optional<KindUse> kind) {
    Optional<String> width = kind.flatMap(Shapes::width);
    return shape
        .text()
        .flatMap(
            text ->
                flaw(text, width)
                    .map(
                        flaw ->
                            shape.fault(
                                DiagnosticKind.BAD_SHAPE, text, flaw, width.orElse("hidden"))));
  }

  private static Optional<String> flaw(String text, Optional<String> width) {
    if (!NAMES.matcher(text).matches()) {
      return Optional.of("is no list of names");
    }
    return width
        .filter(name -> !text.matches(".*\\W" + Pattern.quote(name) + "]"))
        .map(name -> "does not end with " + name + ", the width of its type");
  }
}
