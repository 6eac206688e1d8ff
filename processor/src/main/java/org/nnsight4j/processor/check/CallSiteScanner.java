package org.nnsight4j.processor.check;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.util.List;
import java.util.Optional;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import javax.tools.Diagnostic;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;

/** Finds constant indices, names that a layer does not have, and results that go nowhere. */
final class CallSiteScanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
  private final Trees trees;
  private final Constants constants;
  private final Ranges ranges;
  private final Members members;
  private final Widths widths;
  private final Forms forms;
  private final UnusedResults unused;

  CallSiteScanner(Trees trees, Elements elements, Types types) {
    this.trees = trees;
    this.constants = new Constants(trees);
    this.ranges = new Ranges(elements, types);
    this.members = new Members(elements, types);
    this.widths = new Widths(trees, elements, types);
    this.forms = new Forms(trees, types);
    this.unused = new UnusedResults(trees, elements);
  }

  @Override
  public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void nothing) {
    TreePath select = new TreePath(getCurrentPath(), call.getMethodSelect());
    if (!call.getArguments().isEmpty()
        && trees.getElement(select) instanceof ExecutableElement method) {
      checkArguments(call.getArguments(), method, receiver(select, method));
      checkIndex(call.getArguments().get(0), method);
    }
    tellWidths(call, select);
    return super.visitMethodInvocation(call, nothing);
  }

  @Override
  public @Nullable Void visitExpressionStatement(
      ExpressionStatementTree statement, @Nullable Void nothing) {
    unused
        .of(statement.getExpression(), getCurrentPath())
        .ifPresent(text -> print(DiagnosticKind.UNUSED_RESULT, text, statement));
    return super.visitExpressionStatement(statement, nothing);
  }

  @Override
  public @Nullable Void visitVariable(VariableTree variable, @Nullable Void nothing) {
    ExpressionTree value = variable.getInitializer();
    if (value != null) {
      tellNamedAxes(value, trees.getTypeMirror(getCurrentPath()), variable.getName().toString());
    }
    return super.visitVariable(variable, nothing);
  }

  @Override
  public @Nullable Void visitAssignment(AssignmentTree assignment, @Nullable Void nothing) {
    TypeMirror wanted =
        trees.getTypeMirror(new TreePath(getCurrentPath(), assignment.getVariable()));
    tellNamedAxes(assignment.getExpression(), wanted, assignment.getVariable().toString());
    return super.visitAssignment(assignment, nothing);
  }

  @Override
  public @Nullable Void visitReturn(ReturnTree statement, @Nullable Void nothing) {
    TreePath method = getCurrentPath();
    while (method != null
        && !(method.getLeaf() instanceof MethodTree)
        && !(method.getLeaf() instanceof LambdaExpressionTree)) {
      method = method.getParentPath();
    }
    ExpressionTree value = statement.getExpression();
    if (value != null
        && method != null
        && trees.getElement(method) instanceof ExecutableElement owner) {
      tellNamedAxes(value, owner.getReturnType(), "return");
    }
    return super.visitReturn(statement, nothing);
  }

  /** A reduction by number where a width is wanted: javac refuses it, this says the other form. */
  private void tellNamedAxes(ExpressionTree value, @Nullable TypeMirror wanted, String target) {
    forms
        .ofModel(value, wanted, getCurrentPath())
        .ifPresent(text -> print(DiagnosticKind.OTHER_FORM, text, value));
    widths
        .of(value, wanted, target, getCurrentPath())
        .ifPresent(
            text ->
                trees.printMessage(
                    Diagnostic.Kind.NOTE, text, value, getCurrentPath().getCompilationUnit()));
  }

  /** A constant text that is the index of a part. */
  private void checkIndex(ExpressionTree argument, ExecutableElement method) {
    String owner = Ranges.owner(method).getQualifiedName().toString();
    boolean indexes =
        method.getSimpleName().contentEquals("get")
            && (owner.equals(RuntimeNames.VALUE) || owner.equals(RuntimeNames.TENSOR));
    if (indexes) {
      constants
          .textOf(argument, getCurrentPath())
          .flatMap(
              text ->
                  IndexTexts.wrong(text)
                      .map(problem -> DiagnosticKind.BAD_INDEX.format(text, problem)))
          .ifPresent(text -> print(DiagnosticKind.BAD_INDEX, text, argument));
    }
  }

  private void checkArguments(
      List<? extends ExpressionTree> arguments, ExecutableElement method, TypeElement receiver) {
    int count = Math.min(arguments.size(), method.getParameters().size());
    for (int i = 0; i < count; i++) {
      Optional<Ranges.Range> range = ranges.of(method, i);
      if (range.isPresent()) {
        ExpressionTree argument = arguments.get(i);
        constants
            .intOf(argument, getCurrentPath())
            .flatMap(index -> range.get().refuse(method, index, receiver))
            .ifPresent(text -> print(DiagnosticKind.INDEX_RANGE, text, argument));
      }
    }
  }

  private TypeElement receiver(TreePath select, ExecutableElement method) {
    TypeElement type =
        select.getLeaf() instanceof MemberSelectTree member
            ? typeOf(new TreePath(select, member.getExpression()))
            : null;
    return type == null ? Ranges.owner(method) : type;
  }

  /** A call that javac refuses: it says where, this says which widths, or which form is right. */
  private void tellWidths(MethodInvocationTree call, TreePath select) {
    if (isError(trees.getTypeMirror(select))) {
      forms
          .of(call, getCurrentPath())
          .ifPresent(text -> print(DiagnosticKind.OTHER_FORM, text, call.getMethodSelect()));
      widths
          .of(call, getCurrentPath())
          .ifPresent(
              found ->
                  trees.printMessage(
                      Diagnostic.Kind.NOTE,
                      found.text(),
                      found.argument(),
                      getCurrentPath().getCompilationUnit()));
    }
  }

  @Override
  public @Nullable Void visitBinary(BinaryTree binary, @Nullable Void nothing) {
    forms
        .of(binary, getCurrentPath())
        .ifPresent(text -> print(DiagnosticKind.OTHER_FORM, text, binary));
    return super.visitBinary(binary, nothing);
  }

  private static boolean isError(@Nullable TypeMirror type) {
    return type != null && type.getKind() == TypeKind.ERROR;
  }

  @Override
  public @Nullable Void visitMemberSelect(MemberSelectTree select, @Nullable Void unused) {
    if (isError(trees.getTypeMirror(getCurrentPath()))) {
      TypeElement receiver = typeOf(new TreePath(getCurrentPath(), select.getExpression()));
      if (receiver != null) {
        members
            .hint(receiver, select.getIdentifier().toString())
            .ifPresent(
                hint ->
                    print(
                        DiagnosticKind.UNKNOWN_MEMBER,
                        DiagnosticKind.UNKNOWN_MEMBER.format(hint),
                        select));
      }
    }
    return super.visitMemberSelect(select, unused);
  }

  private @Nullable TypeElement typeOf(TreePath path) {
    TypeMirror type = trees.getTypeMirror(path);
    // An erroneous type calls itself a DeclaredType too.
    if (type == null || type.getKind() != TypeKind.DECLARED) {
      return null;
    }
    Element element = ((DeclaredType) type).asElement();
    return element instanceof TypeElement found ? found : null;
  }

  private void print(DiagnosticKind message, String text, Tree place) {
    trees.printMessage(message.kind(), text, place, getCurrentPath().getCompilationUnit());
  }
}
