package org.nnsight4j.internal.pin;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;

/** Folds {@code h.0}, {@code h.1}, … into {@code h.*}, which says what all of them share. */
final class Repeats {
  private static final Pattern NUMBER = Pattern.compile("\\.\\d+(?=\\.|$)");

  private Repeats() {}

  static Map<String, Layer> folded(Map<String, Layer> modules) {
    Map<String, Layer> folded = new LinkedHashMap<>();
    Map<String, Set<String>> numbers = new LinkedHashMap<>();
    modules.forEach(
        (path, layer) -> {
          Matcher number = NUMBER.matcher(path);
          while (number.find()) {
            String list = NUMBER.matcher(path.substring(0, number.start())).replaceAll(".*");
            numbers.computeIfAbsent(list + ".*", any -> new LinkedHashSet<>()).add(number.group());
          }
          folded.merge(NUMBER.matcher(path).replaceAll(".*"), layer, Repeats::shared);
        });
    folded.replaceAll(
        (path, layer) -> {
          Set<String> found = numbers.get(path);
          return found == null
              ? layer
              : new Layer(
                  layer.type(),
                  layer.input(),
                  layer.output(),
                  layer.shape(),
                  layer.tuple(),
                  found.size(),
                  layer.weights());
        });
    return folded;
  }

  private static Layer shared(Layer first, Layer second) {
    TreeMap<String, java.util.List<Long>> weights = new TreeMap<>(first.weights());
    weights.entrySet().retainAll(second.weights().entrySet());
    return new Layer(
        same(first.type(), second.type()),
        same(first.input(), second.input()),
        same(first.output(), second.output()),
        same(first.shape(), second.shape()),
        same(first.tuple(), second.tuple()),
        null,
        weights);
  }

  private static <T> @Nullable T same(@Nullable T first, @Nullable T second) {
    return Objects.equals(first, second) ? first : null;
  }
}
