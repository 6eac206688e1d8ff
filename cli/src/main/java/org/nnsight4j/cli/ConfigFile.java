package org.nnsight4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The configuration file of a server, in YAML or JSON: the options of its command line without the
 * dashes. A key that is not one, or is there twice, is refused.
 */
final class ConfigFile {
  /** What belongs to one start, or to a terminal. */
  static final Set<String> NOT_IN_FILES =
      Set.of("config", "new-admin-key", "help", "version", "stacktrace");

  private static final Set<String> OF_A_MODEL = Set.of("path", "workers", "device", "dtype");
  private static final Set<String> MODELS = Set.of("model");
  private static final Set<String> PAIRS = Set.of("limit");
  private static final int LARGEST = 1 << 20;
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              YAMLFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(10)
                          .maxDocumentLength(LARGEST)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * How one model is served; null for what the options of all models say.
   *
   * @param workers how many workers it has
   */
  record ModelSettings(@Nullable Integer workers, @Nullable String device, @Nullable String dtype) {
    static final ModelSettings USUAL = new ModelSettings(null, null, null);
  }

  private final Path file;
  private final Map<String, List<String>> arguments = new LinkedHashMap<>();
  private final Map<String, ModelSettings> choices = new LinkedHashMap<>();

  private ConfigFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @param known the keys that it may have
   * @throws IllegalArgumentException if it has another form
   */
  static ConfigFile read(Path file, Collection<String> known) throws IOException {
    ConfigFile config = new ConfigFile(file);
    JsonNode root;
    try {
      if (Files.size(file) > LARGEST) {
        throw config.wrong(
            "expected at most %s bytes, found %s".formatted(LARGEST, Files.size(file)));
      }
      root = MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null ? "" : "line %s: ".formatted(e.getLocation().getLineNr());
      throw config.wrong("%s%s".formatted(where, firstLine(e.getOriginalMessage())));
    }
    if (root == null || root.isMissingNode() || root.isNull()) {
      return config;
    }
    if (!(root instanceof ObjectNode object)) {
      throw config.wrong("expected keys with values, such as 'port: 8080', found something else");
    }
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      config.add(entry.getKey(), entry.getValue(), known);
    }
    return config;
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("it is neither YAML nor JSON");
  }

  private IllegalArgumentException wrong(String message) {
    return new IllegalArgumentException(file + ": " + message);
  }

  private void add(String key, JsonNode value, Collection<String> known) {
    if (NOT_IN_FILES.contains(key)) {
      throw wrong("the option --%s belongs on the command line; leave it out here".formatted(key));
    }
    if (!known.contains(key)) {
      throw wrong("unknown key '%s'%s".formatted(key, CommandLineMistakes.suggestion(key, known)));
    }
    if (MODELS.contains(key) && value instanceof ObjectNode models) {
      for (Map.Entry<String, JsonNode> model : models.properties()) {
        model(key, model.getKey(), model.getValue());
      }
    } else if (PAIRS.contains(key) && value instanceof ObjectNode pairs) {
      for (Map.Entry<String, JsonNode> pair : pairs.properties()) {
        put(key, pair.getKey() + "=" + scalar(key + "." + pair.getKey(), pair.getValue()));
      }
    } else if (value.isArray()) {
      for (JsonNode each : value) {
        put(key, scalar(key, each));
      }
    } else {
      put(key, scalar(key, value));
    }
  }

  private void model(String key, String name, JsonNode value) {
    String where = key + "." + name;
    if (!(value instanceof ObjectNode model)) {
      put(key, name + "=" + scalar(where, value));
      return;
    }
    for (String each : new TreeSet<>(names(model))) {
      if (!OF_A_MODEL.contains(each)) {
        throw wrong(
            "unknown key '%s' of %s%s"
                .formatted(each, where, CommandLineMistakes.suggestion(each, OF_A_MODEL)));
      }
    }
    if (!model.has("path")) {
      throw wrong("expected the path of %s, found none".formatted(where));
    }
    put(key, name + "=" + scalar(where + ".path", model.get("path")));
    JsonNode workers = model.get("workers");
    if (workers != null && !workers.isInt()) {
      throw wrong("expected a number as %s.workers, found %s".formatted(where, workers));
    }
    choices.put(
        name,
        new ModelSettings(
            workers == null ? null : workers.intValue(),
            text(where + ".device", model.get("device")),
            text(where + ".dtype", model.get("dtype"))));
  }

  private static List<String> names(ObjectNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private @Nullable String text(String key, @Nullable JsonNode value) {
    return value == null ? null : scalar(key, value);
  }

  private String scalar(String key, JsonNode value) {
    boolean nothing = value.isNull() || value.asText("x").isEmpty();
    if (!value.isValueNode() || nothing) {
      throw wrong(
          "expected one value as %s, found %s"
              .formatted(key, nothing && value.isValueNode() ? "nothing" : value));
    }
    return value.asText();
  }

  private void put(String key, String value) {
    arguments.computeIfAbsent(key, name -> new ArrayList<>()).add(value);
  }

  /** The arguments of a command line that says the same. */
  List<String> arguments() {
    List<String> all = new ArrayList<>();
    arguments.forEach(
        (key, values) -> values.forEach(value -> all.add("--%s=%s".formatted(key, value))));
    return all;
  }

  /** How a model is served, if the file says more than where it is. */
  ModelSettings choice(String model) {
    return choices.getOrDefault(model, ModelSettings.USUAL);
  }
}
