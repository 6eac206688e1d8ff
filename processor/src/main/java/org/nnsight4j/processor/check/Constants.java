package org.nnsight4j.processor.check;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.util.Optional;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.TypeMirror;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates constant expressions of integers as the Java language does. javac folds them too, but
 * does not expose the result in its public API.
 */
final class Constants {
  private final Trees trees;

  Constants(Trees trees) {
    this.trees = trees;
  }

  /** The value of an expression, if it is certain. */
  Optional<Integer> intOf(ExpressionTree tree, TreePath parent) {
    return Optional.ofNullable(fold(tree, parent) instanceof Integer number ? number : null);
  }

  /** The text of an expression, if it is certain: literals, constants, and their sums. */
  Optional<String> textOf(ExpressionTree tree, TreePath parent) {
    TreePath path = new TreePath(parent, tree);
    return switch (tree.getKind()) {
      case PARENTHESIZED -> textOf(((ParenthesizedTree) tree).getExpression(), path);
      case STRING_LITERAL -> Optional.of((String) ((LiteralTree) tree).getValue());
      case IDENTIFIER, MEMBER_SELECT ->
          trees.getElement(path) instanceof VariableElement variable
                  && variable.getConstantValue() instanceof String text
              ? Optional.of(text)
              : Optional.empty();
      case PLUS -> {
        Optional<String> left = piece(((BinaryTree) tree).getLeftOperand(), path);
        Optional<String> right = piece(((BinaryTree) tree).getRightOperand(), path);
        yield left.isPresent() && right.isPresent()
            ? Optional.of(left.get() + right.get())
            : Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  private Optional<String> piece(ExpressionTree tree, TreePath path) {
    Optional<String> text = textOf(tree, path);
    return text.isPresent() ? text : intOf(tree, path).map(Object::toString);
  }

  /** An Integer or a Long, or null for anything else. */
  private @Nullable Number fold(Tree tree, TreePath parent) {
    TreePath path = new TreePath(parent, tree);
    return switch (tree.getKind()) {
      case PARENTHESIZED -> fold(((ParenthesizedTree) tree).getExpression(), path);
      case INT_LITERAL, LONG_LITERAL, CHAR_LITERAL -> number(((LiteralTree) tree).getValue());
      case IDENTIFIER, MEMBER_SELECT ->
          trees.getElement(path) instanceof VariableElement variable
              ? number(variable.getConstantValue())
              : null;
      case TYPE_CAST -> cast((TypeCastTree) tree, path);
      case UNARY_PLUS -> fold(((UnaryTree) tree).getExpression(), path);
      case UNARY_MINUS ->
          binary(Tree.Kind.MINUS, 0, fold(((UnaryTree) tree).getExpression(), path));
      case BITWISE_COMPLEMENT ->
          binary(Tree.Kind.XOR, -1, fold(((UnaryTree) tree).getExpression(), path));
      case PLUS, MINUS, MULTIPLY, DIVIDE, REMAINDER, AND, OR, XOR ->
          binary(
              tree.getKind(),
              fold(((BinaryTree) tree).getLeftOperand(), path),
              fold(((BinaryTree) tree).getRightOperand(), path));
      default -> null;
    };
  }

  private static @Nullable Number number(@Nullable Object constant) {
    if (constant instanceof Integer || constant instanceof Long) {
      return (Number) constant;
    }
    if (constant instanceof Short || constant instanceof Byte) {
      return ((Number) constant).intValue();
    }
    return constant instanceof Character letter ? Integer.valueOf(letter) : null;
  }

  private @Nullable Number cast(TypeCastTree cast, TreePath path) {
    Number number = fold(cast.getExpression(), path);
    TypeMirror type = trees.getTypeMirror(new TreePath(path, cast.getType()));
    if (number == null || type == null) {
      return null;
    }
    return switch (type.getKind()) {
      case INT -> number.intValue();
      case LONG -> number.longValue();
      case SHORT -> Integer.valueOf(number.shortValue());
      case BYTE -> Integer.valueOf(number.byteValue());
      case CHAR -> Integer.valueOf((char) number.intValue());
      default -> null;
    };
  }

  private static @Nullable Number binary(
      Tree.Kind operator, @Nullable Number left, @Nullable Number right) {
    if (left == null || right == null) {
      return null;
    }
    long a = left.longValue();
    long b = right.longValue();
    if (b == 0 && (operator == Tree.Kind.DIVIDE || operator == Tree.Kind.REMAINDER)) {
      return null;
    }
    long result =
        switch (operator) {
          case PLUS -> a + b;
          case MINUS -> a - b;
          case MULTIPLY -> a * b;
          case DIVIDE -> a / b;
          case REMAINDER -> a % b;
          case AND -> a & b;
          case OR -> a | b;
          default -> a ^ b;
        };
    // int overflow wraps, and the low 32 bits of a long result are the same.
    return left instanceof Long || right instanceof Long ? (Number) result : (Number) (int) result;
  }
}
