package org.nnsight4j.processor.check;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.UnionTypeTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.model.RuntimeNames;

/**
 * Whether the code around a call catches or passes on every throwable, so that javac is content.
 */
final class Swallowed {
  private final Trees trees;
  private final Elements elements;
  private final Types types;

  Swallowed(Trees trees, Elements elements, Types types) {
    this.trees = trees;
    this.elements = elements;
    this.types = types;
  }

  boolean at(TreePath call) {
    Tree inner = call.getLeaf();
    for (TreePath path = call.getParentPath(); path != null; path = path.getParentPath()) {
      Tree tree = path.getLeaf();
      if (tree instanceof TryTree block && guards(block, inner) && catches(block, path)) {
        return true;
      } else if (tree instanceof MethodTree) {
        return trees.getElement(path) instanceof ExecutableElement method
            && takes(method.getThrownTypes().stream());
      } else if (tree instanceof LambdaExpressionTree) {
        return takes(thrown(trees.getTypeMirror(path)));
      } else if (tree instanceof ClassTree) {
        return false;
      }
      inner = tree;
    }
    return false;
  }

  private static boolean guards(TryTree block, Tree inner) {
    return block.getBlock() == inner || block.getResources().contains(inner);
  }

  private boolean catches(TryTree block, TreePath path) {
    return takes(
        block.getCatches().stream()
            .map(clause -> clause.getParameter().getType())
            .flatMap(
                type ->
                    type instanceof UnionTypeTree union
                        ? union.getTypeAlternatives().stream()
                        : Stream.of(type))
            .map(type -> trees.getTypeMirror(TreePath.getPath(path, type))));
  }

  /** What the one method of a lambda's interface may throw. */
  private Stream<? extends TypeMirror> thrown(@Nullable TypeMirror lambda) {
    if (lambda instanceof DeclaredType type && type.asElement() instanceof TypeElement element) {
      List<ExecutableElement> methods = ElementFilter.methodsIn(elements.getAllMembers(element));
      return methods.stream()
          .filter(method -> method.getModifiers().contains(Modifier.ABSTRACT))
          .flatMap(method -> method.getThrownTypes().stream());
    }
    return Stream.of();
  }

  private boolean takes(Stream<? extends @Nullable TypeMirror> throwables) {
    TypeElement refused = elements.getTypeElement(RuntimeNames.WRONG_WIDTH);
    return refused != null
        && throwables.anyMatch(
            type -> type instanceof DeclaredType && types.isSubtype(refused.asType(), type));
  }
}
