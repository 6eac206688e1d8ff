package org.nnsight4j.harvest.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.json.StrictJson;

/** The JSON of jobs, receipts and manifests: fields in a fixed order, all of them there. */
final class HarvestJson {
  private static final int DEEPEST = 40;
  private static final ObjectMapper MAPPER =
      StrictJson.mapper(DEEPEST).enable(SerializationFeature.INDENT_OUTPUT);

  private HarvestJson() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static String text(JsonNode json) {
    try {
      return MAPPER.writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }

  static JsonNode read(Path file) throws IOException {
    return parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
  }

  static JsonNode parse(String where, String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new RunException(
          "%s: expected JSON of a harvest, found: %s".formatted(where, e.getOriginalMessage()), e);
    }
  }

  static ObjectNode strings(Map<String, String> map) {
    ObjectNode json = object();
    map.forEach(json::put);
    return json;
  }

  static SortedMap<String, String> strings(JsonNode json) {
    SortedMap<String, String> map = new TreeMap<>();
    json.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }

  /** Splits as rows of numbers. */
  static ArrayNode splits(List<RowSplit> splits) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (RowSplit split : splits) {
      json.addArray()
          .add(split.index())
          .add(split.file())
          .add(split.offset())
          .add(split.firstRow())
          .add(split.rows())
          .add(split.check());
    }
    return json;
  }

  static List<RowSplit> splits(JsonNode json) {
    List<RowSplit> splits = new ArrayList<>();
    for (JsonNode one : json) {
      splits.add(
          new RowSplit(
              one.get(0).asInt(),
              one.get(1).asInt(),
              one.get(2).asLong(),
              one.get(3).asLong(),
              one.get(4).asInt(),
              one.get(5).asLong()));
    }
    return splits;
  }

  static JsonNode field(String where, JsonNode json, String name) {
    JsonNode found = json.get(name);
    if (found == null) {
      throw new RunException("%s: expected a field '%s', found none".formatted(where, name));
    }
    return found;
  }
}
