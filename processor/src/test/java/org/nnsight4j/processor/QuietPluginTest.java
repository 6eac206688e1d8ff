package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.annotation.processing.Processor;
import javax.lang.model.element.Element;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.processor.check.CallSites;

/** The plugin starts by itself in every compilation that has our jar: others must not notice it. */
class QuietPluginTest {
  @TempDir Path output;

  @Test
  void saysNothingWhereOurAnnotationsAreAbsent() {
    JavaFileObject source =
        Javac.source(
            "Other",
            "class Other {",
            "  @interface Index { String value(); int count(); }",
            "  Other h(@Index(value = \"n\", count = 12) int layer) { return this; }",
            "  Other add(double number) throws WrongWidth { return h(12); }",
            "  static class WrongWidth extends Exception {}",
            "}");
    assertThat(compile(List.of("-Xlint:all,-processing,-serial", "-cp", output.toString()), source))
        .isEmpty();
  }

  /** The same way of calling javac, where they are present. */
  @Test
  void reportsWhereTheyArePresent() {
    JavaFileObject source = Javac.source(Javac.resource("bad/IndexRangeForms.java"));
    String path = System.getProperty("java.class.path");
    assertThat(compile(List.of("-cp", path), source)).contains("[IndexRange] h(12) does not exist");
  }

  private String compile(List<String> options, JavaFileObject source) {
    StringWriter said = new StringWriter();
    List<String> all = new java.util.ArrayList<>(options);
    all.addAll(
        List.of("-processorpath", System.getProperty("java.class.path"), "-d", output.toString()));
    ToolProvider.getSystemJavaCompiler()
        .getTask(said, null, null, all, null, List.of(source))
        .call();
    return said.toString();
  }

  @Test
  void neverThrows() {
    JavaFileObject source = Javac.source("Other", "class Other {}");
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(
                    new StringWriter(),
                    null,
                    null,
                    List.of("-proc:none", "-d", output.toString()),
                    null,
                    List.of(source));
    boolean[] reached = new boolean[1];
    task.addTaskListener(
        new TaskListener() {
          @Override
          public void finished(TaskEvent event) {
            if (event.getKind() == TaskEvent.Kind.ANALYZE) {
              new CallSites(new Broken()).finished(event);
              reached[0] = true;
            }
          }
        });
    assertThat(task.call()).isTrue();
    assertThat(reached[0]).isTrue();
  }

  /** A javac in which nothing works. */
  private static final class Broken extends JavacTask {
    private static AssertionError broken() {
      return new AssertionError("nothing works");
    }

    @Override
    public Iterable<? extends CompilationUnitTree> parse() {
      throw broken();
    }

    @Override
    public Iterable<? extends Element> analyze() {
      throw broken();
    }

    @Override
    public Iterable<? extends JavaFileObject> generate() {
      throw broken();
    }

    @Override
    public void setTaskListener(TaskListener listener) {
      throw broken();
    }

    @Override
    public void addTaskListener(TaskListener listener) {
      throw broken();
    }

    @Override
    public void removeTaskListener(TaskListener listener) {
      throw broken();
    }

    @Override
    public TypeMirror getTypeMirror(Iterable<? extends Tree> path) {
      throw broken();
    }

    @Override
    public Elements getElements() {
      throw broken();
    }

    @Override
    public Types getTypes() {
      throw broken();
    }

    @Override
    public void addModules(Iterable<String> names) {
      throw broken();
    }

    @Override
    public void setProcessors(Iterable<? extends Processor> processors) {
      throw broken();
    }

    @Override
    public void setLocale(Locale locale) {
      throw broken();
    }

    @Override
    public Boolean call() {
      throw broken();
    }
  }
}
