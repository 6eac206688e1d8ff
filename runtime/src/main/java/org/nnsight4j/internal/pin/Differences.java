package org.nnsight4j.internal.pin;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;
import org.nnsight4j.internal.spelling.Shown;

/**
 * The points in which two snapshots contradict each other; what one of them leaves open is not a
 * contradiction.
 */
public final class Differences {
  private static final int SHOWN = 12;

  private final LayerSnapshot pinned;
  private final LayerSnapshot found;
  private final PinMessages words;
  private final List<String> lines = new ArrayList<>();

  private Differences(LayerSnapshot pinned, LayerSnapshot found, PinMessages words) {
    this.pinned = pinned;
    this.found = found;
    this.words = words;
  }

  /**
   * One line for each difference; empty if they agree. {@code name} stands for the first snapshot.
   */
  public static List<String> between(LayerSnapshot pinned, LayerSnapshot found, String name) {
    Differences differences = new Differences(pinned, found, new PinMessages(name));
    differences.compare();
    return shown(differences.lines);
  }

  /** The differences of the layers that both have, for a descriptor that may be partial. */
  public static List<String> ofCommonLayers(
      LayerSnapshot pinned, LayerSnapshot found, String name) {
    Differences differences = new Differences(pinned, found, new PinMessages(name));
    differences.compareCommon();
    return shown(differences.lines);
  }

  private static List<String> shown(List<String> lines) {
    return lines.size() <= SHOWN
        ? lines.stream().map(Shown::line).toList()
        : Stream.concat(
                lines.stream().limit(SHOWN).map(Shown::line),
                Stream.of("and %s more".formatted(lines.size() - SHOWN)))
            .toList();
  }

  private void compare() {
    if (!pinned.architecture().equals(found.architecture())) {
      lines.add(words.architecture(pinned.architecture(), found.architecture()));
    }
    compareCommon();
    numbers(pinned.widths(), found.widths(), " wide");
    Set<String> missing = topmost(pinned, found);
    Set<String> extra = topmost(found, pinned);
    for (String path : List.copyOf(missing)) {
      String other = otherForm(path);
      if (found.modules().containsKey(other)) {
        lines.add(words.count(path, occurrences(pinned, path), occurrences(found, other)));
        missing.remove(path);
        extra.removeIf(each -> each.equals(other) || each.startsWith(other + "."));
      }
    }
    new UnknownLayers(pinned, found, words).tell(missing, extra, lines);
  }

  private static String occurrences(LayerSnapshot snapshot, String path) {
    return path.endsWith(".*")
        ? PinMessages.times(Objects.requireNonNull(snapshot.modules().get(path)).count())
        : "once";
  }

  private static String otherForm(String path) {
    return path.endsWith(".*") ? path.substring(0, path.length() - 2) : path + ".*";
  }

  private void compareCommon() {
    int before = lines.size();
    pinned
        .modules()
        .forEach(
            (path, layer) -> {
              Layer other = found.modules().get(path);
              if (other != null) {
                compare(path, layer, other);
              }
            });
    if (lines.stream().skip(before).noneMatch(line -> line.startsWith("[LayerCount]"))) {
      numbers(pinned.counts(), found.counts(), "");
    }
  }

  /** The topmost layers of one snapshot that the other should have but lacks. */
  private static Set<String> topmost(LayerSnapshot one, LayerSnapshot other) {
    Set<String> absent = new LinkedHashSet<>();
    one.modules()
        .forEach(
            (path, layer) -> {
              // Weight files know only layers with weights.
              boolean known = other.complete() || !layer.weights().isEmpty();
              if (known && !other.modules().containsKey(path) && !leads(path, other)) {
                absent.add(path);
              }
            });
    Set<String> all = new TreeSet<>(absent);
    absent.removeIf(path -> all.stream().anyMatch(above -> path.startsWith(above + ".")));
    return absent;
  }

  /** A method for {@code mlp.c_fc} leads past {@code mlp}. */
  private static boolean leads(String path, LayerSnapshot snapshot) {
    return snapshot.modules().keySet().stream()
        .anyMatch(other -> other.startsWith(path + ".") && !other.equals(path + ".*"));
  }

  private void numbers(
      SortedMap<String, Integer> expected, SortedMap<String, Integer> actual, String unit) {
    expected.forEach(
        (name, number) -> {
          Integer other = actual.get(name);
          if (other != null && !other.equals(number)) {
            lines.add(words.number(name, number + unit, other));
          }
        });
  }

  private void compare(String path, Layer expected, Layer actual) {
    String name = path.isEmpty() ? "the whole model" : path;
    if (expected.count() != null
        && actual.count() != null
        && !expected.count().equals(actual.count())) {
      lines.add(
          words.count(
              name, PinMessages.times(expected.count()), PinMessages.times(actual.count())));
    }
    if (expected.type() != null
        && actual.type() != null
        && !expected.type().equals(actual.type())) {
      lines.add(words.type(name, expected.type(), actual.type()));
    }
    boolean sizesKnown = tupleSize(expected) >= 0 && tupleSize(actual) >= 0;
    if (sizesKnown && tupleSize(expected) != tupleSize(actual)) {
      lines.add(words.tuple(name, tupleSize(expected), tupleSize(actual)));
    } else {
      compareShapes(name, expected, actual);
    }
    if (pinned.widths().equals(found.widths())) {
      expected
          .weights()
          .forEach(
              (weight, shape) ->
                  number("%s.%s".formatted(path, weight), shape, actual.weights().get(weight)));
    }
  }

  private void compareShapes(String name, Layer expected, Layer actual) {
    Map<String, String> wrong = new LinkedHashMap<>();
    axis("takes", expected.input(), actual.input(), wrong);
    axis("gives", expected.output(), actual.output(), wrong);
    if (!wrong.isEmpty()) {
      lines.add(words.width(name, wrong.values().stream().collect(joining(", and "))));
      return;
    }
    List<String> shapes = shapes(expected);
    List<String> others = shapes(actual);
    for (int i = 0; i < Math.min(shapes.size(), others.size()); i++) {
      if (AxisNames.contradict(shapes.get(i), others.get(i))) {
        lines.add(words.shape(name, AxisNames.only(shapes.get(i)), AxisNames.only(others.get(i))));
        return;
      }
    }
  }

  private void axis(
      String verb, @Nullable String expected, @Nullable String actual, Map<String, String> wrong) {
    if (expected != null && actual != null && !expected.equals(actual)) {
      // A descriptor states no lengths.
      SortedMap<String, Integer> lengths =
          found.widths().isEmpty() ? pinned.widths() : found.widths();
      wrong.put(verb, words.axis(verb, sized(expected, pinned.widths()), sized(actual, lengths)));
    }
  }

  private static String sized(String axis, SortedMap<String, Integer> lengths) {
    return lengths.containsKey(axis) ? "%s (%s)".formatted(axis, lengths.get(axis)) : axis;
  }

  /** 0 for a tensor, -1 if unknown. */
  private static int tupleSize(Layer layer) {
    return layer.tuple() != null ? layer.tuple().size() : layer.shape() != null ? 0 : -1;
  }

  private static List<String> shapes(Layer layer) {
    return layer.tuple() != null
        ? layer.tuple()
        : layer.shape() != null ? List.of(layer.shape()) : List.of();
  }

  private void number(String what, @Nullable Object expected, @Nullable Object actual) {
    if (expected != null && actual != null && !expected.equals(actual)) {
      lines.add(words.number(what, expected, actual));
    }
  }
}
