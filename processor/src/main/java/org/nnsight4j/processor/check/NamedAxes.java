package org.nnsight4j.processor.check;

import static java.util.stream.Collectors.joining;

import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import org.nnsight4j.processor.model.RuntimeNames;

/**
 * Knows the form of a reduction that keeps the width in its type: javac cannot tell which axis
 * {@code h.mean(0)} counts, but {@code h.mean(BATCH)} says it.
 */
final class NamedAxes {
  private final Trees trees;
  private final Elements elements;
  private final Constants constants;

  NamedAxes(Trees trees, Elements elements) {
    this.trees = trees;
    this.elements = elements;
    this.constants = new Constants(trees);
  }

  /** The reduction with axes by name, for one whose axes are the constants 0 and 1. */
  Optional<String> of(ExpressionTree expression, TreePath path) {
    if (!(expression instanceof MethodInvocationTree call) || call.getArguments().isEmpty()) {
      return Optional.empty();
    }
    TreePath place = new TreePath(path, call);
    if (!(trees.getElement(new TreePath(place, call.getMethodSelect()))
            instanceof ExecutableElement reduction)
        || !reduction.isVarArgs()
        || !Ranges.owner(reduction).getQualifiedName().contentEquals(RuntimeNames.REDUCED)) {
      return Optional.empty();
    }
    TypeElement named = elements.getTypeElement(RuntimeNames.REDUCED_BY_NAME);
    String name = reduction.getSimpleName().toString();
    if (named == null
        || ElementFilter.methodsIn(named.getEnclosedElements()).stream()
            .noneMatch(method -> method.getSimpleName().contentEquals(name))) {
      return Optional.empty();
    }
    List<String> forms = new ArrayList<>(List.of(""));
    for (ExpressionTree argument : call.getArguments()) {
      List<String> axes =
          switch (constants.intOf(argument, place).orElse(-1)) {
            case 0 -> List.of("BATCH");
            case 1 -> List.of("POSITION", "HEAD");
            default -> List.of();
          };
      forms =
          forms.stream()
              .flatMap(
                  before ->
                      axes.stream().map(axis -> before.isEmpty() ? axis : before + ", " + axis))
              .toList();
    }
    return forms.isEmpty()
        ? Optional.empty()
        : Optional.of(
            forms.stream()
                .map(axes -> "%s(%s)".formatted(name, axes))
                .collect(joining(" or ", "", " keeps the width")));
  }
}
