package org.nnsight4j.processor.report;

import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import org.jspecify.annotations.Nullable;

/** One diagnostic and the place it belongs to: an element, its annotation, or that one's value. */
public record Fault(
    DiagnosticKind message,
    String text,
    Element element,
    @Nullable AnnotationMirror annotation,
    @Nullable AnnotationValue value) {

  public static Fault on(Element element, DiagnosticKind message, Object... arguments) {
    return new Fault(message, message.format(arguments), element, null, null);
  }

  /** The same fault, shown at an annotation of its element and, if given, at that one's value. */
  public Fault at(@Nullable AnnotationMirror annotation, @Nullable AnnotationValue value) {
    return new Fault(message, text, element, annotation, value);
  }

  /** A parameter's fault is its method's. */
  boolean concerns(Element candidate) {
    return element.equals(candidate)
        || (candidate instanceof ExecutableElement
            && candidate.equals(element.getEnclosingElement()));
  }
}
