package org.nnsight4j.processor;

import com.google.auto.service.AutoService;
import com.sun.source.util.JavacTask;
import com.sun.source.util.Plugin;
import org.nnsight4j.processor.check.CallSites;

/**
 * Checks constant indices where layers are called. A plugin rather than a part of the processor:
 * build tools wrap what a processor gets, and a processor sees no method bodies. It starts by
 * itself, so it does nothing if nnsight4j's annotations are absent, and never throws.
 */
@AutoService(Plugin.class)
public final class CallSitePlugin implements Plugin {
  @Override
  public String getName() {
    return "nnsight4j";
  }

  @Override
  public boolean autoStart() {
    return true;
  }

  @Override
  public void init(JavacTask task, String... args) {
    task.addTaskListener(new CallSites(task));
  }
}
