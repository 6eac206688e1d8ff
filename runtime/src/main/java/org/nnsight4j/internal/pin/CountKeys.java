package org.nnsight4j.internal.pin;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds the key of config.json that says how often a module repeats. */
public final class CountKeys {
  private static final String EXPERT = "expert";
  private static final Pattern OF_LAYERS =
      Pattern.compile("(^|.*\\.)(h|[a-z_]*(layer|block)s?)\\.\\*");

  /**
   * The preferred keys if several have the right number: those that count the layers of families.
   */
  private static final Set<String> USUAL = Set.of("n_layer", "num_layers", "num_hidden_layers");

  private CountKeys() {}

  /**
   * The key for a list like {@code h.*} or {@code layers.*.experts.*}, if there is one. A key with
   * the right number need not be it: 2 layers do not count the 2 modules inside each.
   *
   * @param counts the numbers in config.json, by key
   */
  public static Optional<String> of(String list, int count, Map<String, Integer> counts) {
    String name = list.substring(list.lastIndexOf('.', list.length() - 3) + 1);
    boolean ofExperts = name.contains(EXPERT);
    if (!ofExperts
        && !OF_LAYERS.matcher(list).matches()
        && list.indexOf(".*") < list.length() - 2) {
      return Optional.empty();
    }
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() == count)
        .map(Map.Entry::getKey)
        .filter(key -> key.contains(EXPERT) == ofExperts)
        .min(Comparator.comparing((String key) -> USUAL.contains(key) ? 0 : 1));
  }
}
