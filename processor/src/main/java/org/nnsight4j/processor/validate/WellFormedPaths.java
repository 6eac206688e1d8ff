package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** {@code @At} has a name, or names separated by single dots. */
final class WellFormedPaths implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        child.at().flatMap(WellFormedPaths::fault).ifPresent(faults::add);
      }
    }
    return new Report(faults);
  }

  private static Optional<Fault> fault(Mark at) {
    return at.text()
        .flatMap(
            path ->
                flaw(path)
                    .map(flaw -> at.fault(DiagnosticKind.BAD_PATH, path, flaw, suggestion(path))));
  }

  private static Optional<String> flaw(String path) {
    if (path.isEmpty()) {
      return Optional.of("is empty");
    }
    if (path.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
      return Optional.of("has a space in it");
    }
    if (path.startsWith(".")) {
      return Optional.of("starts with a dot");
    }
    if (path.endsWith(".")) {
      return Optional.of("ends with a dot");
    }
    return path.contains("..") ? Optional.of("has two dots in a row") : Optional.empty();
  }

  private static String suggestion(String path) {
    String mended =
        Arrays.stream(path.split("[.\\s]+"))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.joining("."));
    return mended.isEmpty() ? "" : ". Did you mean \"" + mended + "\"?";
  }
}
