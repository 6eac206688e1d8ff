package org.nnsight4j.internal.pin;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;

/**
 * Folds {@code h.0}, {@code h.1}, … into {@code h.*}, which has what all of them share. Modules
 * that are numbered differently, such as the layers of a {@code Sequential} that have weights, or
 * that no key counts, keep their numbers.
 */
final class Repeats {
  private static final Pattern NUMBER = Pattern.compile("\\.\\d+(?=\\.|$)");

  private Repeats() {}

  /**
   * @param counted whether a key counts a path like {@code h.*}
   */
  static Map<String, Layer> folded(
      Map<String, Layer> modules, BiPredicate<String, Integer> counted) {
    Map<String, Set<String>> numbers = new LinkedHashMap<>();
    for (String path : modules.keySet()) {
      Matcher number = NUMBER.matcher(path);
      while (number.find()) {
        numbers
            .computeIfAbsent(list(path, number), any -> new LinkedHashSet<>())
            .add(number.group());
      }
    }
    numbers
        .entrySet()
        .removeIf(
            list ->
                !isWhole(list.getValue()) || !counted.test(list.getKey(), list.getValue().size()));
    Map<String, Layer> folded = new LinkedHashMap<>();
    modules.forEach(
        (path, layer) ->
            folded.merge(
                NUMBER
                    .matcher(path)
                    .replaceAll(
                        number -> numbers.containsKey(list(path, number)) ? ".*" : number.group()),
                layer,
                Repeats::shared));
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

  /** The path of all elements of a list: {@code h.*.experts.*}. */
  private static String list(String path, MatchResult number) {
    return NUMBER.matcher(path.substring(0, number.start())).replaceAll(".*") + ".*";
  }

  /** From 0 on, without gaps. */
  private static boolean isWhole(Set<String> numbers) {
    return IntStream.range(0, numbers.size()).allMatch(i -> numbers.contains("." + i));
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
