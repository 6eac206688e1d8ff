package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Error Prone refuses {@code "%d".formatted(n)}, which writes other digits in other languages, but
 * only where the format is a constant. So it has to be one; what is none is formatted by {@code
 * String.format(Locale.ROOT, ...)}.
 */
final class FormatsTest {
  @Test
  void formatsAreConstants() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module :
        List.of(
            "runtime",
            "processor",
            "model-stubs",
            "toolkit",
            "harvest",
            "harvest-parquet",
            "harvest-spark",
            "junit",
            "notebook",
            "langchain4j",
            "spring-boot-starter",
            "server",
            "cli",
            "samples",
            "docs")) {
      for (String folder : List.of("src/main/java", "src/test/java")) {
        Path root = Path.of("..", module, folder);
        if (Files.isDirectory(root)) {
          try (Stream<Path> files = Files.walk(root)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
          }
        }
      }
    }
    assertThat(sources.size()).isGreaterThan(500);
    try (StandardJavaFileManager files =
        ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null)) {
      assertWithMessage("formats that are no constants")
          .that(open(files.getJavaFileObjectsFromPaths(sources)))
          .isEmpty();
    }
  }

  @Test
  void formatsThatAreNotConstantAreFound() throws IOException {
    String source =
        """
        class A {
          static final String CONSTANT = "%s " + "%s";
          static final String COMPUTED = String.valueOf(1);
          String text;
          String a() { return "%s".formatted(1) + ("%s" + "%s").formatted(1) + CONSTANT.formatted(1); }
          String b() { return COMPUTED.formatted(1); }
          String c() { return text.formatted(1); }
          String d() { return a().formatted(1); }
          java.util.function.Function<Object, String> e = "%s"::formatted;
        }
        """;
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///A.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    assertThat(open(List.of(file)))
        .containsExactly("/A.java:6", "/A.java:7", "/A.java:8", "/A.java:9");
  }

  /** Where something is formatted by a text that Error Prone cannot read. */
  private static Set<String> open(Iterable<? extends JavaFileObject> sources) throws IOException {
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler().getTask(null, null, null, null, null, sources);
    Set<String> found = new TreeSet<>();
    for (CompilationUnitTree unit : task.parse()) {
      Set<String> constants = constants(unit);
      new TreePathScanner<Void, Void>() {
        @Override
        public Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
          if (call.getMethodSelect() instanceof MemberSelectTree select
              && select.getIdentifier().contentEquals("formatted")
              && !isConstant(select.getExpression(), constants)) {
            add(select);
          }
          return super.visitMethodInvocation(call, nothing);
        }

        @Override
        public Void visitMemberReference(MemberReferenceTree reference, Void nothing) {
          if (reference.getName().contentEquals("formatted")) {
            add(reference);
          }
          return super.visitMemberReference(reference, nothing);
        }

        private void add(Tree tree) {
          long start = Trees.instance(task).getSourcePositions().getStartPosition(unit, tree);
          found.add(
              unit.getSourceFile().toUri().getPath()
                  + ":"
                  + unit.getLineMap().getLineNumber(start));
        }
      }.scan(unit, null);
    }
    return found;
  }

  private static Set<String> constants(CompilationUnitTree unit) {
    Set<String> constants = new TreeSet<>();
    new TreePathScanner<Void, Void>() {
      @Override
      public Void visitVariable(VariableTree variable, Void nothing) {
        if (variable.getModifiers().getFlags().contains(Modifier.FINAL)
            && variable.getInitializer() != null
            && isConstant(variable.getInitializer(), constants)) {
          constants.add(variable.getName().toString());
        }
        return super.visitVariable(variable, nothing);
      }
    }.scan(unit, null);
    return constants;
  }

  private static boolean isConstant(ExpressionTree format, Set<String> constants) {
    if (format instanceof ParenthesizedTree inner) {
      return isConstant(inner.getExpression(), constants);
    }
    if (format instanceof BinaryTree sum) {
      return isConstant(sum.getLeftOperand(), constants)
          && isConstant(sum.getRightOperand(), constants);
    }
    return format instanceof LiteralTree
        || (format instanceof IdentifierTree name && constants.contains(name.getName().toString()));
  }
}
