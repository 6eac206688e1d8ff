package org.nnsight4j.internal.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values: those of a loop or macro hide the ones around it, and end with it. */
final class Names {
  /** Templates come from untrusted sources, and must end. */
  private static final int MOST_STEPS = 5_000_000;

  private static final int MOST_TEXT = 50_000_000;
  private static final int DEEPEST = 200;

  private final @Nullable Names around;
  private final Map<String, Object> names = new HashMap<>();
  private final int[] steps;
  private final int depth;

  private Names(@Nullable Names around, int[] steps, int depth) {
    this.around = around;
    this.steps = steps;
    this.depth = depth;
    if (depth > DEEPEST) {
      throw new TemplateException("macros call each other without an end");
    }
  }

  static Names of(Map<String, Object> names) {
    Names scope = new Names(null, new int[1], 0);
    scope.names.putAll(names);
    return scope;
  }

  Names inner() {
    return new Names(this, steps, depth + 1);
  }

  void set(String name, Object value) {
    names.put(name, value);
  }

  Object get(String name) {
    for (Names scope = this; scope != null; scope = scope.around) {
      Object value = scope.names.get(name);
      if (value != null) {
        return value;
      }
    }
    return new Undefined("'%s' is undefined".formatted(name));
  }

  /** Counts steps, so that nothing runs for ever. */
  void step(StringBuilder out) {
    if (++steps[0] > MOST_STEPS || out.length() > MOST_TEXT) {
      throw new TemplateException("the template does not end");
    }
  }
}
