package org.nnsight4j.internal.pin;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;
import org.nnsight4j.tensor.Dim;

/** Takes snapshots of a family's module tree for a configuration, or of weight files alone. */
public final class Snapshots {
  private static final Set<String> OF_THE_INPUT = Set.of(Dim.BATCH, Dim.POSITION, Dim.TOKEN);

  private Snapshots() {}

  /**
   * The snapshot of a model directory. Where its architecture has a {@link
   * org.nnsight4j.family.Family} on the class path, config.json is enough; otherwise the headers of
   * its weight files are read.
   *
   * @throws org.nnsight4j.error.CheckpointException if the directory contains no checkpoint
   */
  public static LayerSnapshot of(Path directory) {
    return of(Checkpoint.open(directory));
  }

  /** {@link #of(Path)} of a checkpoint. */
  public static LayerSnapshot of(Checkpoint checkpoint) {
    return Families.find(checkpoint.config().modelType(), Snapshots.class.getClassLoader())
        .map(family -> of(Families.blueprint(family, checkpoint.config())))
        .orElseGet(() -> new WeightTree(checkpoint).snapshot());
  }

  /** The snapshot of a configuration: all modules and inner values. */
  public static LayerSnapshot of(Blueprint blueprint) {
    Map<String, Layer> modules = new LinkedHashMap<>();
    Map<String, SortedMap<String, List<Long>>> weights = weights(blueprint);
    for (ModuleSpec module : blueprint.modules().values()) {
      @Nullable List<String> tuple = tuple(blueprint, module.path());
      modules.put(
          module.path(),
          new Layer(
              module.type(),
              axis(blueprint.site(SiteKey.input(module.path()))),
              axis(blueprint.site(SiteKey.output(module.path()))),
              tuple == null ? shape(blueprint.site(SiteKey.output(module.path()))) : null,
              tuple,
              null,
              weights.getOrDefault(module.path(), new TreeMap<>())));
    }
    return new LayerSnapshot(
        blueprint.architecture(),
        true,
        new TreeMap<>(blueprint.countsByEachName()),
        new TreeMap<>(blueprint.widths()),
        Repeats.folded(modules, (list, count) -> true));
  }

  private static Map<String, SortedMap<String, List<Long>>> weights(Blueprint blueprint) {
    Map<String, SortedMap<String, List<Long>>> weights = new LinkedHashMap<>();
    blueprint
        .parameters()
        .forEach(
            (name, shape) -> {
              int dot = name.lastIndexOf('.');
              weights
                  .computeIfAbsent(name.substring(0, Math.max(dot, 0)), path -> new TreeMap<>())
                  .put(name.substring(dot + 1), WeightTree.lengths(shape));
            });
    return weights;
  }

  /** For example {@code [batch, position, hidden 768]}. */
  private static @Nullable String shape(@Nullable SiteSpec site) {
    return site == null
        ? null
        : site.meta().dims().axes().stream()
            .map(dim -> dim.isKnown() ? dim.name() + " " + dim.size() : "" + dim.name())
            .collect(Collectors.joining(", ", "[", "]"));
  }

  private static @Nullable List<String> tuple(Blueprint blueprint, String module) {
    List<String> shapes = new ArrayList<>();
    for (int element = 0; element < blueprint.tupleSize(module); element++) {
      shapes.add(String.valueOf(shape(blueprint.site(new SiteKey(module, Port.OUTPUT, element)))));
    }
    return shapes.isEmpty() ? null : shapes;
  }

  private static @Nullable String axis(@Nullable SiteSpec site) {
    if (site == null || site.meta().dims().rank() == 0) {
      return null;
    }
    String name = site.meta().dims().get(-1).name();
    return name == null || OF_THE_INPUT.contains(name) ? null : name;
  }
}
