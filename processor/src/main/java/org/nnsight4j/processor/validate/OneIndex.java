package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.TypeKind;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** A child's method has no parameter, or one, such as {@code @Index("n_layer") int layer}. */
final class OneIndex implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        // apply(Value) has the right parameter; only its name is wrong.
        if (!soFar.has(
            child.method(), Set.of(DiagnosticKind.RESERVED_NAME, DiagnosticKind.GENERIC_METHOD))) {
          fault(child).ifPresent(faults::add);
        }
      }
    }
    return new Report(faults);
  }

  private static Optional<Fault> fault(ChildDeclaration child) {
    List<? extends VariableElement> parameters = child.method().getParameters();
    if (parameters.isEmpty()) {
      return Optional.empty();
    }
    if (parameters.size() > 1) {
      return Optional.of(
          Fault.on(
              parameters.get(1),
              DiagnosticKind.TOO_MANY_PARAMETERS,
              Display.of(child.method()),
              parameters.size()));
    }
    VariableElement parameter = parameters.get(0);
    if (parameter.asType().getKind() == TypeKind.ERROR) {
      return Optional.empty();
    }
    Optional<Mark> index = Mark.of(parameter, RuntimeNames.INDEX);
    if (parameter.asType().getKind() != TypeKind.INT) {
      return Optional.of(
          Fault.on(
              parameter,
              DiagnosticKind.INDEX_ON_NON_INT,
              parameter.getSimpleName(),
              Display.of(parameter.asType()),
              index.flatMap(Mark::text).filter(key -> !isNoKey(key)).orElse("n_layer")));
    }
    if (index.isEmpty()) {
      return Optional.of(
          Fault.on(
              parameter, DiagnosticKind.INDEX_MISSING, child.name(), parameter.getSimpleName()));
    }
    return index
        .flatMap(Mark::text)
        .filter(OneIndex::isNoKey)
        .map(key -> index.get().fault(DiagnosticKind.BAD_INDEX_KEY, key));
  }

  private static boolean isNoKey(String key) {
    return key.isEmpty() || key.chars().anyMatch(Character::isWhitespace);
  }
}
