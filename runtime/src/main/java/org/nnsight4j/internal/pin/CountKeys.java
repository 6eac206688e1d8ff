package org.nnsight4j.internal.pin;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Which key of config.json says how often a module is there. */
public final class CountKeys {
  private static final String EXPERT = "expert";
  private static final Pattern OF_LAYERS =
      Pattern.compile("(^|.*\\.)(h|[a-z_]*(layer|block)s?)\\.\\*");

  /** Of several keys with the right number: those that families count their layers by. */
  private static final Set<String> USUAL = Set.of("n_layer", "num_layers", "num_hidden_layers");

  private CountKeys() {}

  /**
   * The key for a list like {@code h.*} or {@code layers.*.experts.*}, if there is one. Not each
   * key with the right number is: 2 layers do not count the 2 modules of each of them.
   *
   * @param counts how often something is there, by key
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
