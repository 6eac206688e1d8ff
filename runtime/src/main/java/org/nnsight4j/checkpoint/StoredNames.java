package org.nnsight4j.checkpoint;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How names of weights in a checkpoint may differ from those of their modules.
 *
 * @param prefixes what may replace a prefix of names: {@code model.} may be {@code
 *     language_model.model.}, or nothing
 * @param alternatives other names of single weights, without other prefixes
 * @param parts weights that may be stored as a part of a larger one
 */
public record StoredNames(
    Map<String, List<String>> prefixes,
    Map<String, List<String>> alternatives,
    Map<String, Part> parts) {
  /**
   * A weight that is a part of a larger one, as one expert's matrix in the stack of all.
   *
   * @param whole the name of the larger one
   * @param shape its shape
   * @param first the first of its elements that is of the part; the others follow
   */
  public record Part(String whole, List<Long> shape, long first) {
    public Part {
      shape = List.copyOf(shape);
    }
  }

  /** Each weight is stored under its own name. */
  public static final StoredNames OWN = new StoredNames(Map.of(), Map.of());

  public StoredNames {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    prefixes.forEach((own, stored) -> copy.put(own, List.copyOf(stored)));
    prefixes = Map.copyOf(copy);
    copy.clear();
    alternatives.forEach((own, stored) -> copy.put(own, List.copyOf(stored)));
    alternatives = Map.copyOf(copy);
    parts = Map.copyOf(parts);
  }

  /** Where each weight is a tensor of its own. */
  public StoredNames(Map<String, List<String>> prefixes, Map<String, List<String>> alternatives) {
    this(prefixes, alternatives, Map.of());
  }

  /** The same names, and more weights that may be parts of larger ones. */
  public StoredNames withParts(Map<String, Part> more) {
    Map<String, Part> all = new HashMap<>(parts);
    all.putAll(more);
    return new StoredNames(prefixes, alternatives, all);
  }

  /** Names whose prefix may be left out in all of them. */
  public static StoredNames optionalPrefix(String prefix) {
    return prefix.isEmpty() ? OWN : new StoredNames(Map.of(prefix, List.of("")), Map.of());
  }

  /**
   * The replacement of each prefix in one checkpoint, longest first; a mixture of several would be
   * damage, not a format.
   */
  public Map<String, String> in(Set<String> found, Set<String> expected) {
    Map<String, String> chosen = new LinkedHashMap<>();
    prefixes.keySet().stream()
        .sorted(Comparator.comparing(String::length).reversed().thenComparing(name -> name))
        .forEach(own -> chosen.put(own, chosen(own, found, expected)));
    return chosen;
  }

  /** The prefix that most weights have; none only if no name has any. */
  private String chosen(String own, Set<String> found, Set<String> expected) {
    List<String> stored = prefixes.getOrDefault(own, List.of());
    List<String> ends =
        expected.stream()
            .filter(name -> name.startsWith(own))
            .map(name -> name.substring(own.length()))
            .toList();
    return Stream.concat(Stream.of(own), stored.stream())
        .filter(each -> !each.isEmpty() && found.stream().anyMatch(name -> name.startsWith(each)))
        .max(
            Comparator.comparingLong(
                    (String each) ->
                        ends.stream().filter(end -> found.contains(each + end)).count())
                .thenComparing(each -> each.equals(own)))
        .orElse(stored.contains("") ? "" : own);
  }
}
