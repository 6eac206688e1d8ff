package org.nnsight4j.processor.check;

import static java.util.stream.Collectors.joining;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Types;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;

/** Says how to write a call that javac refuses because it is written as in Python. */
final class Forms {
  private static final Map<Tree.Kind, String> COMPARISONS =
      Map.of(
          Tree.Kind.GREATER_THAN, "gt",
          Tree.Kind.GREATER_THAN_EQUAL, "gte",
          Tree.Kind.LESS_THAN, "lt",
          Tree.Kind.LESS_THAN_EQUAL, "lte");

  private final Trees trees;
  private final Types types;
  private final Constants constants;

  Forms(Trees trees, Types types) {
    this.trees = trees;
    this.types = types;
    this.constants = new Constants(trees);
  }

  /** The form that does what a refused call means, if that is known. */
  Optional<String> of(MethodInvocationTree call, TreePath path) {
    TreePath select = new TreePath(path, call.getMethodSelect());
    if (!(call.getMethodSelect() instanceof MemberSelectTree member)) {
      return Optional.empty();
    }
    TypeElement receiver =
        element(trees.getTypeMirror(new TreePath(select, member.getExpression())));
    if (receiver == null) {
      return Optional.empty();
    }
    String name = member.getIdentifier().toString();
    List<? extends ExpressionTree> arguments = call.getArguments();
    if (name.equals("output") && arguments.isEmpty() && isTuple(receiver)) {
      return Optional.of(
          DiagnosticKind.OTHER_FORM.format(
              "%s returns a tuple, so output takes an index: output(0) is its first element"
                  .formatted(Display.of(receiver))));
    }
    if (name.equals("output") && arguments.size() == 1 && isOneValue(receiver)) {
      return Optional.of(
          DiagnosticKind.OTHER_FORM.format(
              "%s returns one value and no tuple, so output takes no index: output()"
                  .formatted(Display.of(receiver))));
    }
    if (!receiver.getQualifiedName().contentEquals(RuntimeNames.VALUE)) {
      return Optional.empty();
    }
    if (name.equals("get")
        && !arguments.isEmpty()
        && arguments.stream().allMatch(a -> isInt(a, path))) {
      return Optional.of(DiagnosticKind.OTHER_FORM.format(index(arguments, path)));
    }
    for (ExpressionTree argument : arguments) {
      TypeElement type = element(trees.getTypeMirror(new TreePath(path, argument)));
      if (type != null && type.getQualifiedName().contentEquals(RuntimeNames.TENSOR)) {
        String before =
            member.getExpression() instanceof IdentifierTree variable
                ? variable.getName().toString()
                : "value";
        return Optional.of(
            DiagnosticKind.OTHER_FORM.format(
                "%s takes a value; constant(...) makes one of a tensor: %s(%s.constant(%s))"
                    .formatted(name, name, before, argument)));
      }
    }
    return Optional.empty();
  }

  private String index(List<? extends ExpressionTree> arguments, TreePath path) {
    List<Optional<Integer>> numbers =
        arguments.stream().map(argument -> constants.intOf(argument, path)).toList();
    if (numbers.stream().allMatch(Optional::isPresent)) {
      String text = numbers.stream().map(number -> number.get().toString()).collect(joining(", "));
      return "get takes an index as text, or typed: get(\"%s\")".formatted(text);
    }
    return "get takes an index as text, or typed: get(%s)"
        .formatted(arguments.stream().map(each -> "Slice.at(" + each + ")").collect(joining(", ")));
  }

  private boolean isInt(ExpressionTree argument, TreePath path) {
    TypeMirror type = trees.getTypeMirror(new TreePath(path, argument));
    return type != null && (type.getKind() == TypeKind.INT || type.getKind() == TypeKind.LONG);
  }

  private boolean isTuple(TypeElement type) {
    if (Kind.of(type.getQualifiedName().toString())
        .filter(kind -> kind.tupleSize() > 0)
        .isPresent()) {
      return true;
    }
    return types.directSupertypes(type.asType()).stream()
        .map(types::asElement)
        .anyMatch(parent -> parent instanceof TypeElement element && isTuple(element));
  }

  /** A layer whose output is not one of several. */
  private boolean isOneValue(TypeElement type) {
    return !isTuple(type) && isLayer(type);
  }

  private boolean isLayer(TypeElement type) {
    return Kind.of(type.getQualifiedName().toString()).isPresent()
        || types.directSupertypes(type.asType()).stream()
            .map(types::asElement)
            .anyMatch(parent -> parent instanceof TypeElement element && isLayer(element));
  }

  /**
   * What to write for a comparison that javac refuses because a value is no number yet.
   *
   * @param comparison such as {@code value > 3}
   */
  Optional<String> of(BinaryTree comparison, TreePath path) {
    String method = COMPARISONS.get(comparison.getKind());
    TypeElement left =
        element(trees.getTypeMirror(new TreePath(path, comparison.getLeftOperand())));
    if (method == null
        || left == null
        || !left.getQualifiedName().contentEquals(RuntimeNames.VALUE)) {
      return Optional.empty();
    }
    return Optional.of(
        DiagnosticKind.OTHER_FORM.format(
            "a value has no number before the run, so Java cannot compare it: %s.%s(%s) is recorded, and cond(...) branches on it"
                .formatted(comparison.getLeftOperand(), method, comparison.getRightOperand())));
  }

  /**
   * What to write where a model of a more special type is opened than the variable has.
   *
   * @param value what is assigned, such as {@code EmbeddedGpt2.open()}
   */
  Optional<String> ofModel(ExpressionTree value, @Nullable TypeMirror wanted, TreePath around) {
    if (!(value instanceof MethodInvocationTree call)
        || !(wanted instanceof DeclaredType variable)
        || !isModel(variable)) {
      return Optional.empty();
    }
    TreePath select = new TreePath(new TreePath(around, call), call.getMethodSelect());
    if (!(trees.getElement(select) instanceof ExecutableElement method)
        || !(method.getReturnType() instanceof DeclaredType returned)
        || !isModel(returned)) {
      return Optional.empty();
    }
    TypeMirror left = variable.getTypeArguments().get(0);
    TypeMirror right = returned.getTypeArguments().get(0);
    return left.getKind() == TypeKind.DECLARED
            && right.getKind() == TypeKind.DECLARED
            && !types.isSameType(left, right)
            && types.isSubtype(right, left)
        ? Optional.of(
            DiagnosticKind.OTHER_FORM.format(
                "the model is a LanguageModel<%s>: add .as(%s.class), or write var"
                    .formatted(name(right), name(left))))
        : Optional.empty();
  }

  private static boolean isModel(DeclaredType type) {
    return type.getTypeArguments().size() == 1
        && ((TypeElement) type.asElement())
            .getQualifiedName()
            .contentEquals(RuntimeNames.LANGUAGE_MODEL);
  }

  private static String name(TypeMirror type) {
    TypeElement element = element(type);
    return element == null ? type.toString() : Display.of(element);
  }

  private static @Nullable TypeElement element(@Nullable TypeMirror type) {
    return type != null
            && type.getKind() == TypeKind.DECLARED
            && ((DeclaredType) type).asElement() instanceof TypeElement element
        ? element
        : null;
  }
}
