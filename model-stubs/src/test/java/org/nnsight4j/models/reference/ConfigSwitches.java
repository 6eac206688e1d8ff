package org.nnsight4j.models.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Family;

/**
 * Which keys of config.json a family computes by, found by changing them: a key is a switch where
 * what the family makes of the configuration differs.
 */
final class ConfigSwitches {
  /** What a refusal says of a value that is no value of its key. */
  private static final List<String> NO_VALUE =
      List.of("expected ", "must be ", "no multiple", "no model's", "names of one value");

  private final Family family;
  private final Function<ModelConfig, Object> reader;
  private final List<Base> bases = new ArrayList<>();
  private final Map<String, Set<String>> used = new TreeMap<>();

  /** What a fixture says, and what the family makes of it. */
  private record Base(ObjectNode config, Object read) {}

  /**
   * @param reader what the family makes of a configuration, comparable by {@code equals}
   */
  ConfigSwitches(
      Family family, Function<ModelConfig, Object> reader, List<ReferenceModel> fixtures) {
    this.family = family;
    this.reader = reader;
    for (ReferenceModel fixture : fixtures) {
      ObjectNode config = (ObjectNode) fixture.config();
      Object base = read(config);
      bases.add(new Base(config, base));
      for (String key : keys(config)) {
        if (!base.equals(read(without(config, key)))) {
          used.computeIfAbsent(named(key), any -> new LinkedHashSet<>()).add(fixture.name());
        }
      }
    }
  }

  /** The switches that fixtures use, and which do: there the family's default is another. */
  Map<String, Set<String>> used() {
    return used;
  }

  /**
   * Switches that no fixture uses.
   *
   * @param values what each key may say
   */
  Set<String> unused(Map<String, Set<JsonNode>> values) {
    Set<String> unused = new TreeSet<>();
    values.forEach(
        (key, each) -> {
          if (!used.containsKey(named(key)) && each.stream().anyMatch(value -> moves(key, value))) {
            unused.add(named(key));
          }
        });
    return unused;
  }

  private boolean moves(String key, JsonNode value) {
    return bases.stream()
        .filter(base -> !text(base.config()).has(key))
        .anyMatch(
            base -> {
              Object changed = read(with(base.config(), key, value));
              return !(changed instanceof CheckpointException) && !base.read().equals(changed);
            });
  }

  /**
   * Keys that the family refuses by name because it does not compute what they say, with one value
   * that it refuses.
   */
  Map<String, JsonNode> refused(Map<String, Set<JsonNode>> values) {
    Map<String, JsonNode> refused = new TreeMap<>();
    values.forEach(
        (key, each) -> {
          if (!used.containsKey(named(key))) {
            each.stream()
                .filter(value -> refuses(key, value))
                .findFirst()
                .ifPresent(value -> refused.put(key, value));
          }
        });
    return refused;
  }

  private boolean refuses(String key, JsonNode value) {
    return bases.stream()
        .allMatch(
            base ->
                read(with(base.config(), key, value)) instanceof CheckpointException refusal
                    && says(refusal.getMessage(), key));
  }

  private static boolean says(String message, String key) {
    return message.contains(key) && NO_VALUE.stream().noneMatch(message::contains);
  }

  /** All names of one value are one switch, and so is all that says how heads are turned. */
  private String named(String key) {
    String own = family.aliases().getOrDefault(key, key);
    return own.matches("rope_.*|rotary_emb_.*|original_max_position_embeddings")
        ? "rope_parameters"
        : own;
  }

  private Object read(JsonNode config) {
    try {
      return reader.apply(
          ModelConfig.parse(Path.of("config.json"), config.toString())
              .withAliases(family.aliases()));
    } catch (CheckpointException e) {
      return e;
    }
  }

  // A model that sees pictures too has its text's keys in a section.

  private static ObjectNode text(ObjectNode config) {
    return config.get("text_config") instanceof ObjectNode inside ? inside : config;
  }

  private static List<String> keys(ObjectNode config) {
    List<String> keys = new ArrayList<>();
    text(config).fieldNames().forEachRemaining(keys::add);
    keys.remove("model_type");
    return keys;
  }

  private static ObjectNode without(ObjectNode config, String key) {
    ObjectNode copy = config.deepCopy();
    text(copy).remove(key);
    return copy;
  }

  private static ObjectNode with(ObjectNode config, String key, JsonNode value) {
    ObjectNode copy = config.deepCopy();
    text(copy).set(key, value);
    return copy;
  }

  /** What the fixtures of all families say under each key. */
  static void collect(List<ReferenceModel> fixtures, Map<String, Set<JsonNode>> values) {
    for (ReferenceModel fixture : fixtures) {
      text((ObjectNode) fixture.config())
          .properties()
          .forEach(
              entry ->
                  values
                      .computeIfAbsent(entry.getKey(), any -> new LinkedHashSet<>())
                      .add(entry.getValue()));
    }
    values.remove("model_type");
  }
}
