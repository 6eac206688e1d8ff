package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepPositions;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.sweep.SweepSite;

/** What a sweep asks for, as JSON. */
final class SweepJson {
  private static final Set<String> FIELDS =
      Set.of(
          "sites",
          "layers",
          "together",
          "positions",
          "heads",
          "action",
          "strengths",
          "vector",
          "maxBytes");
  private static final String WHERE = "the sweep";

  private SweepJson() {}

  static ObjectNode write(SweepSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode sites = json.putArray("sites");
    spec.sites().forEach(site -> sites.add(site.toString()));
    ArrayNode layers = json.putArray("layers");
    spec.layers().forEach(layers::add);
    json.put("together", spec.positions().together());
    json.set("positions", wholes(spec.positions().chosen()));
    json.set("heads", wholes(spec.heads()));
    json.put("action", spec.action().name().toLowerCase(Locale.ROOT));
    ArrayNode strengths = json.putArray("strengths");
    spec.strengths().forEach(strengths::add);
    json.put("vector", spec.vector());
    json.put("maxBytes", spec.maxBytes());
    return json;
  }

  private static JsonNode wholes(@Nullable List<Integer> numbers) {
    if (numbers == null) {
      return JsonNodeFactory.instance.nullNode();
    }
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    numbers.forEach(array::add);
    return array;
  }

  static SweepSpec read(JsonNode json) {
    if (!json.isObject()) {
      throw wrong("an object", "sweep");
    }
    RunsJson.fields(WHERE, json, FIELDS);
    List<SweepSite> sites = new ArrayList<>();
    for (JsonNode site : list(json, "sites")) {
      sites.add(named(SweepSite.values(), site, "sites"));
    }
    List<Double> strengths = new ArrayList<>();
    for (JsonNode strength : list(json, "strengths")) {
      if (!strength.isNumber()) {
        throw wrong("numbers", "strengths");
      }
      strengths.add(strength.doubleValue());
    }
    JsonNode together = json.get("together");
    if (!together.isBoolean()) {
      throw wrong("true or false", "together");
    }
    JsonNode vector = json.get("vector");
    if (!vector.isNull() && !vector.isInt()) {
      throw wrong("a node or null", "vector");
    }
    JsonNode maxBytes = json.get("maxBytes");
    if (!maxBytes.isIntegralNumber() || !maxBytes.canConvertToLong() || maxBytes.longValue() < 1) {
      throw wrong("a positive integer", "maxBytes");
    }
    return new SweepSpec(
        sites,
        wholes(json, "layers"),
        new SweepPositions(together.booleanValue(), orNull(json, "positions")),
        orNull(json, "heads"),
        named(SweepAction.values(), json.get("action"), "action"),
        strengths,
        vector.isNull() ? null : vector.intValue(),
        maxBytes.longValue());
  }

  private static <E extends Enum<E>> E named(E[] all, JsonNode json, String name) {
    for (E each : all) {
      if (each.name().toLowerCase(Locale.ROOT).equals(json.textValue())) {
        return each;
      }
    }
    throw wrong("a name that this version of nnsight4j knows", name);
  }

  private static @Nullable List<Integer> orNull(JsonNode json, String name) {
    return json.get(name).isNull() ? null : wholes(json, name);
  }

  private static List<Integer> wholes(JsonNode json, String name) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode number : list(json, name)) {
      if (!number.isInt()) {
        throw wrong("integers", name);
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }

  private static JsonNode list(JsonNode json, String name) {
    JsonNode list = json.get(name);
    if (!list.isArray()) {
      throw wrong("a list", name);
    }
    return list;
  }

  private static SerializationException wrong(String expected, String name) {
    return new SerializationException(
        "%s: expected %s as '%s', found something else".formatted(WHERE, expected, name));
  }
}
