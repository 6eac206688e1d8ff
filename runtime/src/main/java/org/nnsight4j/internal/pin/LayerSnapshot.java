package org.nnsight4j.internal.pin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * The modules of a checkpoint by path, small enough to keep next to a descriptor: the contents of
 * {@code gpt2.layers.json}. A repeated module has {@code *} in place of its number.
 *
 * @param architecture the {@code model_type} of config.json
 * @param complete whether it includes modules without weights
 * @param counts how many repeated modules there are, by the key of config.json
 * @param widths the lengths of the axes, by name in lower case
 * @param modules by path, in the order of the forward pass if that is known
 */
public record LayerSnapshot(
    String architecture,
    boolean complete,
    SortedMap<String, Integer> counts,
    SortedMap<String, Integer> widths,
    Map<String, Layer> modules) {
  private static final long MAX_BYTES = 16L << 20;
  private static final int FORMAT = 2;

  public LayerSnapshot {
    counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
    widths = Collections.unmodifiableSortedMap(new TreeMap<>(widths));
    modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
  }

  /**
   * One module, as far as it is known.
   *
   * @param type the Hugging Face class
   * @param input the axis of its input's width
   * @param output the axis of its output's width
   * @param shape the whole shape of its output, if that is a tensor
   * @param tuple the shapes of its elements, if it is a tuple
   * @param count how often it repeats
   * @param weights the shapes of its own weights, by name
   */
  public record Layer(
      @Nullable String type,
      @Nullable String input,
      @Nullable String output,
      @Nullable String shape,
      @Nullable List<String> tuple,
      @Nullable Integer count,
      SortedMap<String, List<Long>> weights) {
    public Layer {
      tuple = tuple == null ? null : List.copyOf(tuple);
      weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    }
  }

  public static LayerSnapshot read(Path file) {
    return of(file, Json.readObject(file, MAX_BYTES));
  }

  /** A snapshot from the bytes of its file; {@code name} stands for the file in messages. */
  public static LayerSnapshot parse(Path name, byte[] json) {
    return of(name, Json.parseObject(name, Json.decode(name, json)));
  }

  private static LayerSnapshot of(Path file, ObjectNode root) {
    JsonNode format = root.path("format");
    if (format.isInt() && format.intValue() == 1) {
      throw new CheckpointException(
          "%s: format 1 knows no tuples; let 'nnsight4j describe --snapshot' write it anew"
              .formatted(file));
    }
    if (!format.isInt() || format.intValue() != FORMAT) {
      throw new CheckpointException(
          "%s: expected a snapshot of \"format\": %s, found %s; let 'nnsight4j describe --snapshot' write it"
              .formatted(file, FORMAT, Json.describe(format)));
    }
    Map<String, Layer> modules = new LinkedHashMap<>();
    object(file, root, "modules")
        .properties()
        .forEach(
            entry -> modules.put(entry.getKey(), layer(file, entry.getKey(), entry.getValue())));
    return new LayerSnapshot(
        architecture(file, root),
        complete(file, root),
        numbers(file, object(file, root, "counts")),
        numbers(file, object(file, root, "widths")),
        modules);
  }

  private static String architecture(Path file, ObjectNode root) {
    String architecture = text(file, root, "architecture");
    if (architecture == null) {
      throw wrong(file, "a string as \"architecture\"", root.path("architecture"));
    }
    return architecture;
  }

  private static boolean complete(Path file, ObjectNode root) {
    JsonNode complete = root.path("complete");
    if (!complete.isBoolean()) {
      throw wrong(file, "true or false as \"complete\"", complete);
    }
    return complete.booleanValue();
  }

  private static Layer layer(Path file, String path, JsonNode node) {
    if (!(node instanceof ObjectNode layer)) {
      throw wrong(file, "an object as module \"" + path + "\"", node);
    }
    SortedMap<String, List<Long>> weights = new TreeMap<>();
    layer
        .path("weights")
        .properties()
        .forEach(
            entry -> {
              List<Long> shape = new ArrayList<>();
              entry.getValue().forEach(length -> shape.add(length.asLong()));
              weights.put(entry.getKey(), List.copyOf(shape));
            });
    JsonNode count = layer.get("count");
    return new Layer(
        text(file, layer, "class"),
        text(file, layer, "input"),
        text(file, layer, "output"),
        text(file, layer, "shape"),
        tuple(file, layer),
        count == null ? null : (Integer) number(file, "count", count),
        weights);
  }

  private static @Nullable String text(Path file, ObjectNode layer, String key) {
    JsonNode value = layer.get(key);
    if (value != null && !value.isTextual()) {
      throw wrong(file, "a string as \"" + key + "\"", value);
    }
    return value == null ? null : value.textValue();
  }

  private static @Nullable List<String> tuple(Path file, ObjectNode layer) {
    JsonNode value = layer.get("tuple");
    if (value == null) {
      return null;
    }
    List<String> shapes = new ArrayList<>();
    value.forEach(shape -> shapes.add(shape.textValue()));
    if (!value.isArray() || shapes.isEmpty() || shapes.contains(null)) {
      throw wrong(file, "an array of strings as \"tuple\"", value);
    }
    return shapes;
  }

  private static SortedMap<String, Integer> numbers(Path file, ObjectNode node) {
    SortedMap<String, Integer> numbers = new TreeMap<>();
    node.properties()
        .forEach(
            entry -> numbers.put(entry.getKey(), number(file, entry.getKey(), entry.getValue())));
    return numbers;
  }

  private static int number(Path file, String key, JsonNode value) {
    if (!value.isInt() || value.intValue() < 1) {
      throw wrong(file, "an integer above 0 as \"" + key + "\"", value);
    }
    return value.intValue();
  }

  private static ObjectNode object(Path file, ObjectNode root, String key) {
    JsonNode node = root.path(key);
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw wrong(file, "an object as \"" + key + "\"", node);
  }

  private static CheckpointException wrong(Path file, String expected, JsonNode found) {
    return new CheckpointException(
        "%s: expected %s, found %s; let 'nnsight4j describe --snapshot' write it"
            .formatted(file, expected, Json.describe(found)));
  }

  /** The file's text: one line for each module, so that a version control system shows changes. */
  public String toJson() {
    ObjectNode counted = JsonNodeFactory.instance.objectNode();
    counts.forEach(counted::put);
    ObjectNode lengths = JsonNodeFactory.instance.objectNode();
    widths.forEach(lengths::put);
    return modules.entrySet().stream()
        .map(
            entry -> "    %s: %s".formatted(quoted(entry.getKey()), spaced(json(entry.getValue()))))
        .collect(
            Collectors.joining(
                ",\n",
                """
                {
                  "format": %s,
                  "architecture": %s,
                  "complete": %b,
                  "counts": %s,
                  "widths": %s,
                  "modules": {
                """
                    .formatted(
                        FORMAT, quoted(architecture), complete, spaced(counted), spaced(lengths)),
                "\n  }\n}\n"));
  }

  private static ObjectNode json(Layer layer) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (layer.type() != null) {
      node.put("class", layer.type());
    }
    if (layer.count() != null) {
      node.put("count", layer.count());
    }
    if (layer.input() != null) {
      node.put("input", layer.input());
    }
    if (layer.output() != null) {
      node.put("output", layer.output());
    }
    if (layer.shape() != null) {
      node.put("shape", layer.shape());
    }
    if (layer.tuple() != null) {
      layer.tuple().forEach(node.putArray("tuple")::add);
    }
    if (!layer.weights().isEmpty()) {
      ObjectNode weights = node.putObject("weights");
      layer
          .weights()
          .forEach(
              (name, shape) -> {
                ArrayNode lengths = weights.putArray(name);
                shape.forEach(lengths::add);
              });
    }
    return node;
  }

  private static String quoted(String text) {
    return JsonNodeFactory.instance.textNode(text).toString();
  }

  /** JSON with spaces, which Jackson does not write; names may contain anything. */
  private static String spaced(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return object.properties().stream()
          .map(entry -> quoted(entry.getKey()) + ": " + spaced(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (node instanceof ArrayNode array) {
      List<String> elements = new ArrayList<>();
      array.forEach(element -> elements.add(element.toString()));
      return "[" + String.join(", ", elements) + "]";
    }
    return node.toString();
  }
}
