package org.nnsight4j.processor.declare;

import java.util.Map;
import java.util.Optional;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Message;

/** One of our annotations as written; each has a single {@code String value()}. */
public record Mark(Element element, AnnotationMirror mirror, Optional<AnnotationValue> value) {
  // What javac gives for a constant that does not resolve.
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
    return mirror.getElementValues().entrySet().stream()
        .filter(entry -> entry.getKey().getSimpleName().contentEquals("value"))
        .<AnnotationValue>map(Map.Entry::getValue)
        .findFirst();
  }

  /** The value, if it is there and is a string: where it is not, javac says so itself. */
  public Optional<String> text() {
    return value
        .map(AnnotationValue::getValue)
        .filter(String.class::isInstance)
        .map(String.class::cast)
        .filter(text -> !isUnresolved());
  }

  boolean isUnresolved() {
    return value.map(AnnotationValue::toString).filter(UNRESOLVED::equals).isPresent();
  }

  /** A fault shown at the annotation's value. */
  public Fault fault(Message message, Object... arguments) {
    return Fault.on(element, message, arguments).at(mirror, value.orElse(null));
  }
}
