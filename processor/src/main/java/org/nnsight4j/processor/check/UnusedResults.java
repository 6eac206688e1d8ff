package org.nnsight4j.processor.check;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;

/** Finds operations whose result goes nowhere: they are recorded, and then change nothing. */
final class UnusedResults {
  /** What these record can have effects of its own. */
  private static final Set<String> WITH_EFFECTS = Set.of("cond", "iterate", "hostCall", "fold");

  private final Trees trees;
  private final Elements elements;

  UnusedResults(Trees trees, Elements elements) {
    this.trees = trees;
    this.elements = elements;
  }

  /** What is wrong with an expression that is a statement, if anything. */
  Optional<String> of(ExpressionTree statement, TreePath path) {
    if (statement instanceof MethodInvocationTree call) {
      return operation(call, path).map(name -> text(call, name, null));
    }
    if (statement instanceof AssignmentTree assignment
        && assignment.getExpression() instanceof MethodInvocationTree call
        && assignment.getVariable() instanceof IdentifierTree variable) {
      TreePath there = new TreePath(path, assignment);
      Element assigned = trees.getElement(new TreePath(there, variable));
      Optional<String> name = operation(call, there);
      if (name.isPresent() && isLocal(assigned) && !isReadLater(assigned, there)) {
        return Optional.of(text(call, name.get(), variable));
      }
    }
    return Optional.empty();
  }

  private static String text(
      MethodInvocationTree call, String name, @Nullable IdentifierTree assigned) {
    String way = "write it with set(...)";
    if (call.getMethodSelect() instanceof MemberSelectTree member
        && member.getExpression() instanceof IdentifierTree receiver
        && (assigned == null || assigned.getName().equals(receiver.getName()))) {
      way = "write it back with %s.set(%s)".formatted(receiver, call);
    }
    return DiagnosticKind.UNUSED_RESULT.format(name, way);
  }

  /** The name of an operation that gives a value and does nothing else. */
  private Optional<String> operation(MethodInvocationTree call, TreePath path) {
    TreePath there = new TreePath(path, call);
    if (!(trees.getElement(new TreePath(there, call.getMethodSelect()))
            instanceof ExecutableElement method)
        || WITH_EFFECTS.contains(method.getSimpleName().toString())
        || !isValue(trees.getTypeMirror(there))
        || !elements
            .getPackageOf(method)
            .getQualifiedName()
            .contentEquals(RuntimeNames.VALUES_PACKAGE)) {
      return Optional.empty();
    }
    return Optional.of(method.getSimpleName().toString());
  }

  private static boolean isValue(@Nullable TypeMirror type) {
    return type != null
        && type.getKind() == TypeKind.DECLARED
        && ((DeclaredType) type).asElement() instanceof TypeElement element
        && element.getQualifiedName().contentEquals(RuntimeNames.VALUE);
  }

  private static boolean isLocal(@Nullable Element variable) {
    return variable != null
        && (variable.getKind() == ElementKind.LOCAL_VARIABLE
            || variable.getKind() == ElementKind.PARAMETER);
  }

  /** Whether the variable can be read after it was assigned. */
  private boolean isReadLater(Element variable, TreePath assignment) {
    SourcePositions positions = trees.getSourcePositions();
    var unit = assignment.getCompilationUnit();
    long from = positions.getEndPosition(unit, assignment.getLeaf());
    TreePath around = assignment;
    for (TreePath up = assignment; up != null; up = up.getParentPath()) {
      Tree.Kind kind = up.getLeaf().getKind();
      boolean repeats =
          kind == Tree.Kind.FOR_LOOP
              || kind == Tree.Kind.ENHANCED_FOR_LOOP
              || kind == Tree.Kind.WHILE_LOOP
              || kind == Tree.Kind.DO_WHILE_LOOP;
      if (repeats) {
        // The next iteration begins at the loop's own begin.
        from = Math.min(from, positions.getStartPosition(unit, up.getLeaf()));
      }
      around = up;
      if (kind == Tree.Kind.METHOD || kind == Tree.Kind.CLASS) {
        break;
      }
    }
    Reads reads = new Reads(variable, assignment.getLeaf(), from);
    Boolean found = reads.scan(around, null);
    return Boolean.TRUE.equals(found);
  }

  /** Looks for reads of a variable behind a place. */
  private final class Reads extends TreePathScanner<Boolean, @Nullable Void> {
    private final Element variable;
    private final Tree assignment;
    private final long from;

    Reads(Element variable, Tree assignment, long from) {
      this.variable = variable;
      this.assignment = assignment;
      this.from = from;
    }

    @Override
    public Boolean visitIdentifier(IdentifierTree name, @Nullable Void unused) {
      long begin =
          trees.getSourcePositions().getStartPosition(getCurrentPath().getCompilationUnit(), name);
      return begin >= from && variable.equals(trees.getElement(getCurrentPath()));
    }

    @Override
    public Boolean visitAssignment(AssignmentTree other, @Nullable Void unused) {
      if (other == assignment) {
        return false;
      }
      // The target of an assignment is not read.
      return other.getVariable() instanceof IdentifierTree
          ? Boolean.TRUE.equals(scan(other.getExpression(), null))
          : Boolean.TRUE.equals(super.visitAssignment(other, null));
    }

    @Override
    public Boolean reduce(Boolean left, Boolean right) {
      return Boolean.TRUE.equals(left) || Boolean.TRUE.equals(right);
    }
  }
}
