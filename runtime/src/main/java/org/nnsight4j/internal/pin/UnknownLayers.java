package org.nnsight4j.internal.pin;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.EditDistance;

/**
 * Reports layers that one side lacks, grouped by the layer above them, so that a typo in a name is
 * one line.
 */
final class UnknownLayers {
  private final LayerSnapshot pinned;
  private final LayerSnapshot found;
  private final PinMessages words;

  UnknownLayers(LayerSnapshot pinned, LayerSnapshot found, PinMessages words) {
    this.pinned = pinned;
    this.found = found;
    this.words = words;
  }

  void tell(Set<String> missing, Set<String> extra, List<String> lines) {
    Set<String> left = new LinkedHashSet<>(missing);
    for (String path : extra) {
      String parent = parent(path);
      String name = name(parent, path);
      List<String> candidates = left.stream().filter(each -> parent(each).equals(parent)).toList();
      String similar = similar(name, parent, candidates);
      if (similar != null) {
        left.removeIf(each -> parent(each).equals(parent) && name(parent, each).equals(similar));
      }
      lines.add(words.unknown(titled(parent), name, similar));
    }
    Map<String, List<String>> byParent = new LinkedHashMap<>();
    for (String path : left) {
      byParent.computeIfAbsent(parent(path), any -> new ArrayList<>()).add(title(path));
    }
    byParent.forEach(
        (parent, titles) ->
            lines.add(words.missing(titled(parent), titles.stream().collect(joining(", ")))));
  }

  private String titled(String parent) {
    return parent.isEmpty() ? pinned.architecture() : parent;
  }

  /** The closest layer above that exists on this side. */
  private String parent(String path) {
    for (int dot = path.lastIndexOf('.'); dot >= 0; dot = path.lastIndexOf('.', dot - 1)) {
      String above = path.substring(0, dot);
      if (found.modules().containsKey(above)) {
        return above;
      }
    }
    return "";
  }

  private static String name(String parent, String path) {
    return (parent.isEmpty() ? path : path.substring(parent.length() + 1))
        .replaceFirst("\\.\\*$", "");
  }

  /** For example {@code c_fc (Conv1D)}. */
  private String title(String path) {
    String name = path.replaceFirst("\\.\\*$", "").replaceFirst("^.*\\.", "");
    LayerSnapshot.Layer layer = pinned.modules().get(path);
    return layer == null || layer.type() == null ? name : name + " (" + layer.type() + ")";
  }

  private static @Nullable String similar(String name, String parent, List<String> candidates) {
    int limit = Math.max(1, (name.length() + 1) / 3) + 1;
    return candidates.stream()
        .map(path -> name(parent, path))
        .filter(candidate -> distance(name, candidate, limit) < limit)
        .min(
            Comparator.<String>comparingInt(candidate -> distance(name, candidate, limit))
                .thenComparing(Comparator.naturalOrder()))
        .orElse(null);
  }

  private static int distance(String left, String right, int limit) {
    return EditDistance.between(
        left.toLowerCase(Locale.ROOT), right.toLowerCase(Locale.ROOT), limit);
  }
}
