package org.nnsight4j.processor.check;

import static java.util.stream.Collectors.joining;

import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.ExecutableType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.type.WildcardType;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;

/** Says which widths a refused call has, because javac's own line names a place but no widths. */
final class Widths {
  private static final String NOT_KNOWN = "javac does not know that of this one";

  private final Trees trees;
  private final Elements elements;
  private final Types types;
  private final NamedAxes named;

  Widths(Trees trees, Elements elements, Types types) {
    this.trees = trees;
    this.elements = elements;
    this.types = types;
    this.named = new NamedAxes(trees, elements);
  }

  /** The argument that has another width, and the message for it. */
  record Refusal(ExpressionTree argument, String text) {}

  /**
   * What to write instead of a reduction by number, such as {@code h.mean(0)}, where a value with a
   * width is wanted.
   *
   * @param target what the value is for: a variable, or the word return
   */
  Optional<String> of(
      ExpressionTree value, @Nullable TypeMirror wanted, String target, TreePath path) {
    if (!is(wanted, RuntimeNames.VALUE)) {
      return Optional.empty();
    }
    return width(wanted)
        .flatMap(
            width ->
                named
                    .of(value, path)
                    .map(
                        form ->
                            DiagnosticKind.WRONG_WIDTH.format(
                                target, Display.of(width), NOT_KNOWN, form)));
  }

  /** What is wrong with the widths of a call that javac refuses, if anything. */
  Optional<Refusal> of(MethodInvocationTree call, TreePath path) {
    TreePath select = new TreePath(path, call.getMethodSelect());
    if (!(call.getMethodSelect() instanceof MemberSelectTree member)
        || !(trees.getTypeMirror(new TreePath(select, member.getExpression()))
            instanceof DeclaredType receiver)
        || receiver.getKind() != TypeKind.DECLARED) {
      return Optional.empty();
    }
    for (ExecutableElement method :
        ElementFilter.methodsIn(elements.getAllMembers((TypeElement) receiver.asElement()))) {
      if (method.getSimpleName().contentEquals(member.getIdentifier())) {
        Optional<Refusal> refusal = of(call, path, receiver, method);
        if (refusal.isPresent()) {
          return refusal;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Refusal> of(
      MethodInvocationTree call, TreePath path, DeclaredType receiver, ExecutableElement method) {
    List<? extends ExpressionTree> arguments = call.getArguments();
    List<? extends VariableElement> parameters = method.getParameters();
    if (method.isVarArgs()
        ? arguments.size() < parameters.size()
        : arguments.size() != parameters.size()) {
      return Optional.empty();
    }
    // Captured, because a method of Value<?> would seem to accept everything.
    ExecutableType seen =
        (ExecutableType) types.asMemberOf((DeclaredType) types.capture(receiver), method);
    for (int i = 0; i < arguments.size(); i++) {
      TypeMirror parameter = seen.getParameterTypes().get(Math.min(i, parameters.size() - 1));
      if (parameter instanceof ArrayType array) {
        parameter = array.getComponentType();
      }
      ExpressionTree argument = arguments.get(i);
      TypeMirror found = trees.getTypeMirror(new TreePath(path, argument));
      if (is(parameter, RuntimeNames.VALUE)
          && is(found, RuntimeNames.VALUE)
          && !types.isAssignable(found, parameter)) {
        String text = text(method, width(parameter), width(found), kept(argument, path));
        return Optional.of(new Refusal(argument, text));
      }
    }
    return Optional.empty();
  }

  private static String text(
      ExecutableElement method,
      Optional<TypeElement> needed,
      Optional<TypeElement> found,
      Optional<String> kept) {
    String have = found.map(width -> "this one has " + Display.of(width)).orElse(NOT_KNOWN);
    if (needed.isEmpty()) {
      return DiagnosticKind.WRONG_WIDTH.format(
          method.getSimpleName(),
          "of the first, which javac does not know",
          have,
          "as(...) before %s states it, and is checked when recorded"
              .formatted(method.getSimpleName()));
    }
    String name = Display.of(needed.get());
    String wayOut =
        found.isPresent()
            ? "where both have one length, as(%s.class) says so, and is checked when recorded"
                .formatted(name)
            : "as(%s.class) states it, and is checked when recorded".formatted(name);
    return DiagnosticKind.WRONG_WIDTH.format(
        method.getSimpleName(), name, have, kept.orElse(wayOut));
  }

  /** For a reduction such as {@code h.norm(-1)}, the form that keeps its axes, if there is one. */
  private Optional<String> kept(ExpressionTree argument, TreePath path) {
    if (!(argument instanceof MethodInvocationTree call)
        || !(trees.getElement(new TreePath(new TreePath(path, call), call.getMethodSelect()))
            instanceof ExecutableElement reduction)
        || call.getArguments().isEmpty()) {
      return Optional.empty();
    }
    String name = reduction.getSimpleName().toString();
    boolean hasOther =
        ElementFilter.methodsIn(Ranges.owner(reduction).getEnclosedElements()).stream()
            .filter(method -> method.getSimpleName().contentEquals(name))
            .map(ExecutableElement::getParameters)
            .anyMatch(
                parameters ->
                    parameters.size() > 1
                        && parameters.get(parameters.size() - 1).asType().getKind()
                            == TypeKind.BOOLEAN);
    if (!hasOther || !reduction.isVarArgs()) {
      return Optional.empty();
    }
    String axes = call.getArguments().stream().map(Object::toString).collect(joining(", "));
    String form =
        "%s(%s, true) keeps the axis with length 1, which combines with every width"
            .formatted(name, call.getArguments().size() == 1 ? axes : "new int[] {" + axes + "}");
    return Optional.of(named.of(argument, path).map(other -> other + "; " + form).orElse(form));
  }

  /** {@code Hidden} of a {@code Value<Hidden>}; empty if only the run knows. */
  private static Optional<TypeElement> width(@Nullable TypeMirror value) {
    return ((DeclaredType) Objects.requireNonNull(value))
        .getTypeArguments().stream()
            .map(Widths::upper)
            .filter(DeclaredType.class::isInstance)
            .filter(width -> width.getKind() == TypeKind.DECLARED)
            .map(width -> (TypeElement) ((DeclaredType) width).asElement())
            .filter(width -> !width.getQualifiedName().contentEquals(RuntimeNames.AXIS))
            .findFirst();
  }

  private static @Nullable TypeMirror upper(TypeMirror argument) {
    return argument instanceof WildcardType wildcard ? wildcard.getExtendsBound() : argument;
  }

  private static boolean is(@Nullable TypeMirror type, String name) {
    return type != null
        && type.getKind() == TypeKind.DECLARED
        && ((DeclaredType) type).asElement() instanceof TypeElement element
        && element.getQualifiedName().contentEquals(name);
  }
}
