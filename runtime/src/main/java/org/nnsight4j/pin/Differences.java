package org.nnsight4j.pin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.LayerSnapshot;
import org.nnsight4j.checkpoint.LayerSnapshot.Layer;
import org.nnsight4j.error.EditDistance;

/**
 * In which points two snapshots contradict each other; what one of them leaves open is no point.
 */
final class Differences {
  private static final int SHOWN = 12;

  private final LayerSnapshot pinned;
  private final LayerSnapshot found;
  private final List<String> lines = new ArrayList<>();

  private Differences(LayerSnapshot pinned, LayerSnapshot found) {
    this.pinned = pinned;
    this.found = found;
  }

  /** One line for each; empty if they agree. */
  static List<String> between(LayerSnapshot pinned, LayerSnapshot found) {
    Differences differences = new Differences(pinned, found);
    differences.compare();
    List<String> lines = differences.lines;
    return lines.size() <= SHOWN
        ? lines
        : java.util.stream.Stream.concat(
                lines.stream().limit(SHOWN),
                java.util.stream.Stream.of("and %d more".formatted(lines.size() - SHOWN)))
            .toList();
  }

  private void compare() {
    if (!pinned.architecture().equals(found.architecture())) {
      differ("the architecture", pinned.architecture(), found.architecture());
    }
    numbers(pinned.counts(), found.counts());
    numbers(pinned.widths(), found.widths());
    TreeSet<String> missing = new TreeSet<>();
    TreeSet<String> extra = new TreeSet<>();
    pinned
        .modules()
        .forEach(
            (path, layer) -> {
              Layer other = found.modules().get(path);
              if (other != null) {
                compare(path, layer, other);
              } else if (leaves(found, layer) && !leads(path, found)) {
                missing.add(path);
              }
            });
    found
        .modules()
        .forEach(
            (path, layer) -> {
              if (!pinned.modules().containsKey(path)
                  && leaves(pinned, layer)
                  && !leads(path, pinned)) {
                extra.add(path);
              }
            });
    missing.removeIf(path -> missing.stream().anyMatch(above -> path.startsWith(above + ".")));
    extra.removeIf(path -> extra.stream().anyMatch(above -> path.startsWith(above + ".")));
    for (String path : missing) {
      String similar = similar(path, extra);
      lines.add(
          path + " is missing" + (similar == null ? "" : "; there is '" + similar + "' instead"));
      extra.remove(similar == null ? "" : similar);
    }
    extra.forEach(path -> lines.add(path + " is not in the snapshot"));
  }

  /** Whether the absence of a layer means something: weight files know layers with weights only. */
  private static boolean leaves(LayerSnapshot snapshot, Layer layer) {
    return snapshot.complete() || !layer.weights().isEmpty();
  }

  /** A method for {@code mlp.c_fc} leads past {@code mlp}. */
  private static boolean leads(String path, LayerSnapshot snapshot) {
    return snapshot.modules().keySet().stream().anyMatch(other -> other.startsWith(path + "."));
  }

  private void numbers(SortedMap<String, Integer> expected, SortedMap<String, Integer> actual) {
    expected.forEach(
        (name, number) -> {
          if (actual.containsKey(name)) {
            differ(name, number, actual.get(name));
          }
        });
  }

  private void compare(String path, Layer expected, Layer actual) {
    String name = path.isEmpty() ? "the whole model" : path;
    // Counts and widths are told once, above.
    if (!found.counts().containsValue(actual.count())) {
      differ(name + ", their number", expected.count(), actual.count());
    }
    differ(name + ", its class", expected.type(), actual.type());
    differ(name + ", its input", expected.input(), actual.input());
    differ(name + ", its output", expected.output(), actual.output());
    if (pinned.widths().equals(found.widths())) {
      for (Map.Entry<String, List<Long>> weight : expected.weights().entrySet()) {
        differ(
            "%s.%s".formatted(path, weight.getKey()),
            weight.getValue(),
            actual.weights().get(weight.getKey()));
      }
    }
  }

  private void differ(String what, @Nullable Object expected, @Nullable Object actual) {
    if (expected != null && actual != null && !Objects.equals(expected, actual)) {
      lines.add("%s: %s in the snapshot, %s here".formatted(what, expected, actual));
    }
  }

  private static @Nullable String similar(String path, TreeSet<String> candidates) {
    String closest = null;
    int least = Math.max(2, (path.length() - path.lastIndexOf('.')) / 2) + 1;
    for (String candidate : candidates) {
      int distance = EditDistance.between(path, candidate, least);
      if (distance < least) {
        least = distance;
        closest = candidate;
      }
    }
    return closest;
  }
}
