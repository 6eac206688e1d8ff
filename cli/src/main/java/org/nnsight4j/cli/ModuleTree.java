package org.nnsight4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import javax.lang.model.SourceVersion;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;
import org.nnsight4j.internal.spelling.Shown;

/**
 * A module of a snapshot and the modules below it.
 *
 * @param name its name below its parent; a number keeps the name before it, {@code mlp.0}
 * @param path its full path
 */
record ModuleTree(String name, String path, Layer layer, List<ModuleTree> children) {
  private static final Layer UNKNOWN =
      new Layer(null, null, null, null, null, null, Collections.emptySortedMap());

  /** The whole model. */
  static ModuleTree of(LayerSnapshot snapshot) {
    ModuleTree whole = new ModuleTree("", "", known(snapshot, ""), new ArrayList<>());
    for (String path : snapshot.modules().keySet()) {
      if (!path.isEmpty()) {
        check(path);
        whole.place(path, snapshot);
      }
    }
    return whole;
  }

  private static Layer known(LayerSnapshot snapshot, String path) {
    return snapshot.modules().getOrDefault(path, UNKNOWN);
  }

  /** Checks it as the processor checks {@code @At}. */
  private static void check(String path) {
    boolean spaced =
        path.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c));
    if (spaced || Arrays.asList(path.split("\\.", -1)).contains("")) {
      throw new CheckpointException(
          "a descriptor cannot name the module '%s' of this checkpoint: names have no spaces, and single dots between them"
              .formatted(Shown.line(path)));
    }
  }

  private void place(String path, LayerSnapshot snapshot) {
    List<ModuleTree> level = children;
    StringBuilder above = new StringBuilder();
    StringBuilder name = new StringBuilder();
    String[] parts = path.split("\\.");
    for (int i = 0; i < parts.length; i++) {
      above.append(above.isEmpty() ? "" : ".").append(parts[i]);
      boolean isList = i + 1 < parts.length && parts[i + 1].equals("*");
      boolean isGroup = i + 1 < parts.length && parts[i + 1].matches("\\d+");
      String here = above.toString();
      if (!parts[i].equals("*")) {
        name.append(name.isEmpty() ? "" : ".").append(parts[i]);
      }
      // A list is not a module of its own, unless it has weights.
      if (isList || (isGroup && !snapshot.modules().containsKey(here))) {
        continue;
      }
      level = child(level, name.toString(), here, snapshot).children;
      name.setLength(0);
    }
  }

  private static ModuleTree child(
      List<ModuleTree> level, String name, String path, LayerSnapshot snapshot) {
    for (ModuleTree module : level) {
      if (module.path.equals(path)) {
        return module;
      }
    }
    ModuleTree module = new ModuleTree(name, path, known(snapshot, path), new ArrayList<>());
    level.add(module);
    return module;
  }

  boolean repeats() {
    return path.endsWith(".*");
  }

  /** The name of its interface, if that is free. */
  String typeName(String architecture) {
    String type = layer.type();
    if (type != null && SourceVersion.isIdentifier(type)) {
      String rest =
          type.toLowerCase(Locale.ROOT).startsWith(architecture)
              ? type.substring(architecture.length())
              : type;
      return JavaNames.capitalised(rest.isEmpty() ? type : rest);
    }
    return repeats() && name.matches("h|layers?|blocks?") ? "Block" : JavaNames.capitalised(name);
  }
}
