package org.nnsight4j.processor.check;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;

/** What is known about the range of a parameter; nothing is guessed. */
final class Ranges {
  private final Elements elements;
  private final Types types;

  Ranges(Elements elements, Types types) {
    this.elements = elements;
    this.types = types;
  }

  /** The indices that exist. */
  sealed interface Range {
    /** What is wrong with an index, if anything. */
    Optional<String> refuse(ExecutableElement method, int index, TypeElement receiver);
  }

  private record Layers(int count, String key) implements Range {
    @Override
    public Optional<String> refuse(ExecutableElement method, int index, TypeElement receiver) {
      return index >= -count && index < count
          ? Optional.empty()
          : Optional.of(
              DiagnosticKind.INDEX_RANGE.format(
                  method.getSimpleName(), index, Display.of(receiver), count, key, count - 1));
    }
  }

  private record Elementary(int size) implements Range {
    @Override
    public Optional<String> refuse(ExecutableElement method, int index, TypeElement receiver) {
      return index >= 0 && index < size
          ? Optional.empty()
          : Optional.of(
              DiagnosticKind.TUPLE_RANGE.format(
                  index, Display.of(receiver), size == 1 ? "one element" : size + " elements"));
    }
  }

  /**
   * The range stated at a parameter or, failing that, at the same parameter of an overridden
   * method.
   */
  Optional<Range> of(ExecutableElement method, int parameter) {
    Optional<Range> own = stated(method, parameter);
    return own.isPresent() ? own : inherited(method, owner(method), parameter);
  }

  private Optional<Range> inherited(ExecutableElement method, TypeElement type, int parameter) {
    // Annotations of parameters are not inherited: a class that implements a layer has none.
    TypeElement owner = owner(method);
    for (TypeMirror parent : types.directSupertypes(type.asType())) {
      if (types.asElement(parent) instanceof TypeElement element) {
        for (ExecutableElement candidate : ElementFilter.methodsIn(element.getEnclosedElements())) {
          if (elements.overrides(method, candidate, owner)) {
            Optional<Range> found = stated(candidate, parameter);
            if (found.isPresent()) {
              return found;
            }
          }
        }
        Optional<Range> above = inherited(method, element, parameter);
        if (above.isPresent()) {
          return above;
        }
      }
    }
    return Optional.empty();
  }

  static TypeElement owner(ExecutableElement method) {
    return (TypeElement) Objects.requireNonNull(method.getEnclosingElement());
  }

  private static Optional<Range> stated(ExecutableElement method, int place) {
    List<? extends VariableElement> parameters = method.getParameters();
    VariableElement parameter = parameters.get(place);
    Optional<Range> layers =
        Mark.of(parameter, RuntimeNames.INDEX)
            .flatMap(
                mark ->
                    mark.number("count")
                        .filter(count -> count > 0)
                        .<Range>map(count -> new Layers(count, mark.text().orElse("?"))));
    return layers.isPresent()
        ? layers
        : Mark.of(parameter, RuntimeNames.TUPLE_ELEMENT)
            .flatMap(mark -> mark.number("value"))
            .filter(size -> size > 0)
            .<Range>map(Elementary::new);
  }
}
