package org.nnsight4j.processor.declare;

import java.util.Map;
import java.util.Optional;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;

/** One of our annotations as written; each has a {@code String value()}. */
public record Mark(Element element, AnnotationMirror mirror, Optional<AnnotationValue> value) {
  // What javac returns for a constant that does not resolve.
  private static final String UNRESOLVED = "<error>";

  public static Optional<Mark> of(Element element, String annotation) {
    return element.getAnnotationMirrors().stream()
        .filter(
            mirror ->
                ((TypeElement) mirror.getAnnotationType().asElement())
                    .getQualifiedName()
                    .contentEquals(annotation))
        .findFirst()
        .map(mirror -> new Mark(element, mirror, valueOf(mirror)));
  }

  private static Optional<AnnotationValue> valueOf(AnnotationMirror mirror) {
    return member(mirror, "value");
  }

  private static Optional<AnnotationValue> member(AnnotationMirror mirror, String name) {
    return mirror.getElementValues().entrySet().stream()
        .filter(entry -> entry.getKey().getSimpleName().contentEquals(name))
        .<AnnotationValue>map(Map.Entry::getValue)
        .findFirst();
  }

  /** The value, if it exists and is a string; if not, javac reports that itself. */
  public Optional<String> text() {
    return value
        .map(AnnotationValue::getValue)
        .filter(String.class::isInstance)
        .map(String.class::cast)
        .filter(text -> !isUnresolved());
  }

  /** A number in the annotation, if it is written there. */
  public Optional<Integer> number(String name) {
    return member(mirror, name)
        .map(AnnotationValue::getValue)
        .filter(Integer.class::isInstance)
        .map(Integer.class::cast);
  }

  /** A fault shown at one of the annotation's members, or at the annotation. */
  public Fault faultAt(String name, DiagnosticKind message, Object... arguments) {
    return Fault.on(element, message, arguments).at(mirror, member(mirror, name).orElse(null));
  }

  boolean isUnresolved() {
    return value.map(AnnotationValue::toString).filter(UNRESOLVED::equals).isPresent();
  }

  /** A fault shown at the annotation's value. */
  public Fault fault(DiagnosticKind message, Object... arguments) {
    return Fault.on(element, message, arguments).at(mirror, value.orElse(null));
  }
}
