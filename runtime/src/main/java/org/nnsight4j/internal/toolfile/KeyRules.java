package org.nnsight4j.internal.toolfile;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.nnsight4j.checkpoint.JsonFile;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.spelling.Shown;

/**
 * What the keys of another tool's file mean here. Each key that changes numbers is either read or
 * refused by name, because ignoring it would silently give wrong numbers.
 */
public final class KeyRules {
  /** The values that mean "off". */
  public static final Set<String> OFF = Set.of("false", "[]", "{}", "\"\"");

  private final Map<String, Set<String>> neutral;
  private final Map<String, String> advice;
  private final Set<String> known;
  private final String refused;
  private final String unknown;

  private KeyRules(Builder builder) {
    this.neutral = Map.copyOf(builder.neutral);
    this.advice = Map.copyOf(builder.advice);
    this.known = Set.copyOf(builder.known);
    this.refused = builder.refused;
    this.unknown = builder.unknown;
  }

  /**
   * Rules for one kind of file.
   *
   * @param refused the message about a refused value
   */
  public static Builder refusing(String refused) {
    return new Builder(refused);
  }

  /**
   * Refuses a file that needs something that is not computed here.
   *
   * @throws CheckpointException naming file, key and value
   */
  public void check(JsonFile file) {
    check(file, CheckpointException::new);
  }

  /** {@link #check(JsonFile)} with an exception that the caller chooses. */
  public void check(JsonFile file, Function<String, ? extends RuntimeException> error) {
    for (String key : file.keys()) {
      Set<String> harmless = neutral.get(key);
      String value = file.json(key).orElse("");
      if (harmless != null && !harmless.contains(value)) {
        throw error.apply(
            "%s: %s=%s %s"
                .formatted(file, shown(key), shown(value), advice.getOrDefault(key, refused)));
      } else if (harmless == null && !unknown.isEmpty() && !known.contains(key)) {
        throw error.apply("%s: %s=%s %s".formatted(file, shown(key), shown(value), unknown));
      }
    }
  }

  /** A key or a value of somebody else's file. */
  private static String shown(String text) {
    return Shown.start(text, 60);
  }

  /** Collects rules. */
  public static final class Builder {
    private final Map<String, Set<String>> neutral = new HashMap<>();
    private final Map<String, String> advice = new HashMap<>();
    private final Set<String> known = new HashSet<>();
    private final String refused;
    private String unknown = "";

    private Builder(String refused) {
      this.refused = refused;
    }

    /** Keys that are read elsewhere or have no effect here. */
    public Builder known(String... keys) {
      known.addAll(Set.of(keys));
      return this;
    }

    /** A key that may have only these values, as JSON. */
    public Builder only(String key, Set<String> values) {
      neutral.put(key, values);
      return this;
    }

    /** {@link #only(String, Set)} with its own message. */
    public Builder only(String key, Set<String> values, String why) {
      advice.put(key, why);
      return only(key, values);
    }

    /** Refuses all other keys, with this message. */
    public Builder noOthers(String why) {
      this.unknown = why;
      return this;
    }

    public KeyRules build() {
      return new KeyRules(this);
    }
  }
}
