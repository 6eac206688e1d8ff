package org.nnsight4j.processor.check;

import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;

/** Checks every class as soon as javac knows its types. */
public final class CallSites implements TaskListener {
  private final JavacTask task;

  public CallSites(JavacTask task) {
    this.task = task;
  }

  @Override
  public void finished(TaskEvent event) {
    TypeElement type = event.getTypeElement();
    if (event.getKind() != TaskEvent.Kind.ANALYZE || type == null) {
      return;
    }
    try {
      check(type);
    } catch (Throwable e) { // javac would stop, and report a crash of its own
      tell(type, e);
    }
  }

  private void check(TypeElement type) {
    if (task.getElements().getTypeElement(RuntimeNames.INDEX) == null) {
      return;
    }
    Trees trees = Trees.instance(task);
    TreePath path = trees.getPath(type);
    if (path != null) {
      new CallSiteScanner(trees, task.getElements(), task.getTypes()).scan(path, null);
    }
  }

  private void tell(TypeElement type, Throwable failure) {
    try {
      Trees trees = Trees.instance(task);
      TreePath path = trees.getPath(type);
      if (path != null) {
        trees.printMessage(
            Diagnostic.Kind.NOTE,
            DiagnosticKind.BUG.format("indices in " + type, failure),
            path.getLeaf(),
            path.getCompilationUnit());
      }
    } catch (Throwable e) {
      // The check at run time remains.
    }
  }
}
