package org.nnsight4j.processor.report;

import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import org.jspecify.annotations.Nullable;

/** One diagnostic and its place: an element, its annotation, or the annotation's value. */
public record Fault(
    DiagnosticKind message,
    String text,
    Element element,
    @Nullable AnnotationMirror annotation,
    @Nullable AnnotationValue value) {

  public static Fault on(Element element, DiagnosticKind message, Object... arguments) {
    return new Fault(message, message.format(arguments), element, null, null);
  }

  /**
   * The same fault, shown at an annotation of its element and, if given, at the annotation's value.
   */
  public Fault at(@Nullable AnnotationMirror annotation, @Nullable AnnotationValue value) {
    return new Fault(message, text, element, annotation, value);
  }

  /** A parameter's fault also concerns its method. */
  boolean concerns(Element candidate) {
    return element.equals(candidate)
        || (candidate instanceof ExecutableElement
            && candidate.equals(element.getEnclosingElement()));
  }
}
