package org.nnsight4j.processor.check;

import static java.util.stream.Collectors.joining;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DidYouMean;

/** Suggests a member of a layer or value in place of a name that does not exist. */
final class Members {
  private static final int SHOWN = 12;

  private final Elements elements;
  private final Types types;

  Members(Elements elements, Types types) {
    this.elements = elements;
    this.types = types;
  }

  /** Empty for types that are not ours, and if no name is close. */
  Optional<String> hint(TypeElement receiver, String name) {
    boolean isLayer = extendsKind(receiver);
    if (!isLayer && !receiver.getQualifiedName().contentEquals(RuntimeNames.VALUE)) {
      return Optional.empty();
    }
    Set<String> names = names(receiver);
    if (names.contains(name)) {
      return Optional.empty(); // the arguments are wrong, and javac says so
    }
    Optional<String> similar =
        DidYouMean.to(name, names).map(each -> "did you mean '" + each + "'?");
    if (!isLayer || names.size() > SHOWN) {
      return similar;
    }
    String all = "%s has %s".formatted(Display.of(receiver), names.stream().collect(joining(", ")));
    return Optional.of(similar.map(text -> text + " " + all).orElse(all));
  }

  private boolean extendsKind(TypeElement type) {
    if (Kind.of(type.getQualifiedName().toString()).isPresent()) {
      return true;
    }
    for (TypeMirror parent : types.directSupertypes(type.asType())) {
      if (types.asElement(parent) instanceof TypeElement element && extendsKind(element)) {
        return true;
      }
    }
    return false;
  }

  private Set<String> names(TypeElement type) {
    Set<String> names = new TreeSet<>();
    for (ExecutableElement method : ElementFilter.methodsIn(elements.getAllMembers(type))) {
      if (method.getModifiers().contains(Modifier.PUBLIC)
          && !method.getModifiers().contains(Modifier.STATIC)) {
        names.add(method.getSimpleName().toString());
      }
    }
    TypeElement object = elements.getTypeElement("java.lang.Object");
    for (ExecutableElement method : ElementFilter.methodsIn(object.getEnclosedElements())) {
      names.remove(method.getSimpleName().toString());
    }
    return names;
  }
}
