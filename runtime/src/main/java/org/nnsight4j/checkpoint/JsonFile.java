package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * A JSON object in a model directory, read by key.
 *
 * <p>As in Hugging Face, a key whose value is {@code null} counts as absent. Every error names the
 * file and the key. Immutable.
 */
public abstract class JsonFile {
  private static final long MAX_BYTES = 16L << 20;

  private final Path file;
  private final String prefix;
  private final ObjectNode root;
  private final Map<String, String> aliases;

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is no JSON object
   */
  protected JsonFile(Path file) {
    this(file, "", Json.readObject(file, MAX_BYTES));
  }

  JsonFile(Path file, String prefix, ObjectNode root) {
    this.file = file;
    this.prefix = prefix;
    this.root = root;
    this.aliases = Map.of();
  }

  JsonFile(JsonFile other, Map<String, String> aliases) {
    this.file = other.file;
    this.prefix = other.prefix;
    this.root = other.root;
    this.aliases = Map.copyOf(aliases);
    new TreeMap<>(aliases).forEach(this::refuseAnother);
  }

  /** Hugging Face silently uses the alias, so a reader of the file may be misled. */
  private void refuseAnother(String alias, String own) {
    String other = written(own);
    JsonNode first = root.get(other);
    JsonNode second = root.get(alias);
    if (first != null && second != null && !first.equals(second)) {
      throw new CheckpointException(
          "%s: \"%s\" is %s and \"%s\" is %s, but both are names of one value; leave the wrong one out"
              .formatted(
                  file,
                  prefix + other,
                  Json.describe(first),
                  prefix + alias,
                  Json.describe(second)));
    }
  }

  /** The name that the file uses for a key that may have several names. */
  public final String written(String key) {
    String own = aliases.getOrDefault(key, key);
    if (root.has(own)) {
      return own;
    }
    return aliases.entrySet().stream()
        .filter(entry -> entry.getValue().equals(own) && root.has(entry.getKey()))
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst()
        .orElse(key);
  }

  /** Where this was read from. */
  public Path file() {
    return file;
  }

  /** All keys that have a value, sorted. */
  public Set<String> keys() {
    Set<String> keys = new TreeSet<>();
    root.properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isNull()) {
                keys.add(entry.getKey());
              }
            });
    return Collections.unmodifiableSet(keys);
  }

  public boolean has(String key) {
    return find(key) != null;
  }

  /**
   * Whether the value in the file is {@code null}, where that differs from an absent key:
   * transformers uses the default for an absent key, and no value for null.
   */
  public boolean isNull(String key) {
    return root.path(written(key)).isNull();
  }

  public String string(String key) {
    return optionalString(key).orElseThrow(() -> missing(key, "a string"));
  }

  public String string(String key, String otherwise) {
    return optionalString(key).orElse(otherwise);
  }

  public Optional<String> optionalString(String key) {
    JsonNode node = find(key);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw wrong(key, "a string", node);
    }
    return Optional.of(node.textValue());
  }

  public int integer(String key) {
    return optionalInteger(key).orElseThrow(() -> missing(key, "an integer"));
  }

  public int integer(String key, int otherwise) {
    return optionalInteger(key).orElse(otherwise);
  }

  public OptionalInt optionalInteger(String key) {
    JsonNode node = find(key);
    return node == null ? OptionalInt.empty() : OptionalInt.of(toInt(key, node));
  }

  public double decimal(String key) {
    return optionalDecimal(key).orElseThrow(() -> missing(key, "a number"));
  }

  public double decimal(String key, double otherwise) {
    return optionalDecimal(key).orElse(otherwise);
  }

  public OptionalDouble optionalDecimal(String key) {
    JsonNode node = find(key);
    if (node == null) {
      return OptionalDouble.empty();
    }
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw wrong(key, "a finite number", node);
    }
    return OptionalDouble.of(node.doubleValue());
  }

  public boolean flag(String key) {
    return optionalFlag(key).orElseThrow(() -> missing(key, "true or false"));
  }

  public boolean flag(String key, boolean otherwise) {
    return optionalFlag(key).orElse(otherwise);
  }

  public Optional<Boolean> optionalFlag(String key) {
    JsonNode node = find(key);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isBoolean()) {
      throw wrong(key, "true or false", node);
    }
    return Optional.of(node.booleanValue());
  }

  /** One integer or a list of them, like {@code eos_token_id}; empty if there is none. */
  public List<Integer> integers(String key) {
    JsonNode node = find(key);
    if (node == null) {
      return List.of();
    }
    if (!node.isArray()) {
      return List.of(toInt(key, node));
    }
    List<Integer> values = new ArrayList<>();
    node.forEach(element -> values.add(toInt(key, element)));
    return List.copyOf(values);
  }

  /** A list of finite numbers; empty if there is none. */
  public List<Double> decimals(String key) {
    JsonNode node = find(key);
    if (node == null) {
      return List.of();
    }
    List<Double> values = new ArrayList<>();
    for (JsonNode element : node) {
      values.add(element.isNumber() ? element.doubleValue() : Double.NaN);
    }
    if (!node.isArray() || !values.stream().allMatch(Double::isFinite)) {
      throw wrong(key, "a list of finite numbers", node);
    }
    return List.copyOf(values);
  }

  /** One string or a list of them; empty if there is none. */
  public List<String> strings(String key) {
    JsonNode node = find(key);
    if (node == null) {
      return List.of();
    }
    if (node.isTextual()) {
      return List.of(node.textValue());
    }
    List<String> values = new ArrayList<>();
    for (JsonNode element : node) {
      if (!element.isTextual()) {
        throw wrong(key, "a string or a list of strings", node);
      }
      values.add(element.textValue());
    }
    if (!node.isArray()) {
      throw wrong(key, "a string or a list of strings", node);
    }
    return List.copyOf(values);
  }

  /**
   * Run-length encoded names, such as {@code [[["global", "local"], 12]]} for 12 times both; empty
   * if there are none.
   *
   * @param most how many names there may be
   */
  public List<String> runs(String key, int most) {
    JsonNode node = find(key);
    List<String> names = new ArrayList<>();
    for (JsonNode run : node == null ? List.<JsonNode>of() : node) {
      JsonNode each = run.path(0);
      int times = run.path(1).asInt(0);
      if (!run.isArray() || run.size() != 2 || !each.isArray() || !run.path(1).isInt()) {
        throw wrong(key, "a list of runs like [[\"global\", \"local\"], 12]", run);
      }
      for (int i = 0; i < times && names.size() <= most; i++) {
        each.forEach(name -> names.add(name.asText()));
      }
    }
    if (node != null && !node.isArray()) {
      throw wrong(key, "a list of runs like [[\"global\", \"local\"], 12]", node);
    }
    return List.copyOf(names);
  }

  /** The value as JSON text, for messages and for keys without a typed form. */
  public Optional<String> json(String key) {
    return Optional.ofNullable(find(key)).map(JsonNode::toString);
  }

  /**
   * The entries of an object, its values as JSON text, in the order of the file; empty if there is
   * none.
   */
  public Map<String, String> entries(String key) {
    Map<String, String> entries = new LinkedHashMap<>();
    ObjectNode found = object(key);
    if (found != null) {
      found.properties().forEach(each -> entries.put(each.getKey(), each.getValue().toString()));
    }
    return Collections.unmodifiableMap(entries);
  }

  /** A nested object, for example {@code rope_scaling}; its messages name the whole path. */
  public Optional<ModelConfig> section(String key) {
    return Optional.ofNullable(object(key))
        .map(node -> new ModelConfig(file, path(key) + ".", node));
  }

  private @Nullable ObjectNode object(String key) {
    JsonNode node = find(key);
    if (node == null || node instanceof ObjectNode) {
      return (ObjectNode) node;
    }
    throw wrong(key, "an object", node);
  }

  /** Where the file has a key, as messages name it: {@code rope_scaling.factor}. */
  public final String path(String key) {
    return prefix + written(key);
  }

  private @Nullable JsonNode find(String key) {
    JsonNode node = root.get(written(key));
    return node == null || node.isNull() ? null : node;
  }

  private int toInt(String key, JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw wrong(key, "an integer of at most 32 bits", node);
    }
    return node.intValue();
  }

  private CheckpointException missing(String key, String expected) {
    return new CheckpointException(
        "%s: expected %s under \"%s\", found no such key; is this the configuration of this architecture?"
            .formatted(file, expected, path(key)));
  }

  private CheckpointException wrong(String key, String expected, JsonNode found) {
    return new CheckpointException(
        "%s: expected %s under \"%s\", found %s"
            .formatted(file, expected, path(key), Json.describe(found)));
  }

  @Override
  public String toString() {
    return prefix.isEmpty() ? file.toString() : file + " " + prefix;
  }
}
