package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ExecutableElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Inheritance;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** A child does not have the name of a method of every layer, model or Java object. */
final class ReservedNames implements Check {
  private final Inheritance inheritance;

  ReservedNames(Inheritance inheritance) {
    this.inheritance = inheritance;
  }

  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    Set<String> ofObject = inheritance.signatures("java.lang.Object");
    List<Fault> faults = new ArrayList<>();
    for (LayerDeclaration layer : descriptor.all()) {
      for (ChildDeclaration child : layer.children()) {
        owner(child.name(), child.signature(), ofObject)
            .ifPresent(
                owner ->
                    faults.add(
                        Fault.on(
                            child.method(),
                            DiagnosticKind.RESERVED_NAME,
                            child.name(),
                            owner,
                            child.path())));
      }
      for (ExecutableElement method : layer.defaults()) {
        boolean isOfObject = ofObject.contains(inheritance.signature(method, layer.element()));
        if (isOfObject || isOverruled(layer, method)) {
          String name = method.getSimpleName().toString();
          faults.add(
              Fault.on(
                  method,
                  DiagnosticKind.RESERVED_NAME,
                  name,
                  isOfObject
                      ? "a method of every Java object"
                      : "a method of the generated class, which would win",
                  name));
        }
      }
    }
    return new Report(faults);
  }

  private static Optional<String> owner(String name, String signature, Set<String> ofObject) {
    if (RuntimeNames.LAYER_METHODS.contains(name)) {
      return Optional.of("what every layer gives");
    }
    if (name.equals(RuntimeNames.BIND)) {
      return Optional.of("what every model gives");
    }
    if (ofObject.contains(signature)) {
      return Optional.of("a method of every Java object");
    }
    return RuntimeNames.NODE_METHODS.contains(signature)
        ? Optional.of("a method of the generated class")
        : Optional.empty();
  }

  /** A default method belongs to the author, unless it replaces one of the base class. */
  private boolean isOverruled(LayerDeclaration layer, ExecutableElement method) {
    String signature = inheritance.signature(method, layer.element());
    return RuntimeNames.NODE_METHODS.contains(signature)
        || signature.equals(RuntimeNames.BIND_SIGNATURE)
        || layer.kinds().stream()
            .anyMatch(
                use -> inheritance.signatures(use.kind().qualifiedName()).contains(signature));
  }
}
