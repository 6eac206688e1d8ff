package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.spelling.HalfCharacters;
import org.nnsight4j.internal.spelling.Shown;

/** The fields of one JSON object: each has its type, none is missing, none is unknown. */
final class Fields {
  private final String where;
  private final ObjectNode object;
  private final Set<String> read = new HashSet<>();

  private Fields(String where, ObjectNode object) {
    this.where = where;
    this.object = object;
  }

  static Fields of(String where, JsonNode json) {
    if (json instanceof ObjectNode object) {
      return new Fields(where, object);
    }
    throw new SerializationException(
        "%s: expected an object, found %s".formatted(where, kind(json)));
  }

  String where() {
    return where;
  }

  /** Refuses fields that were not read. */
  void finish() {
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!read.contains(name)) {
                throw new SerializationException(
                    "%s: this version of nnsight4j does not know the field '%s'"
                        .formatted(where, name));
              }
            });
  }

  private JsonNode get(String name) {
    read.add(name);
    JsonNode value = object.get(name);
    if (value == null) {
      throw new SerializationException("%s: the field '%s' is missing".formatted(where, name));
    }
    return value;
  }

  boolean has(String name) {
    return object.has(name);
  }

  String text(String name) {
    String value = text(where + "." + name, get(name));
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw wrong(name, "a name on one line, without control characters", get(name));
    }
    return value;
  }

  boolean flag(String name) {
    JsonNode value = get(name);
    if (!value.isBoolean()) {
      throw wrong(name, "true or false", value);
    }
    return value.booleanValue();
  }

  int integer(String name) {
    JsonNode value = get(name);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(name, "an integer", value);
    }
    return value.intValue();
  }

  /** An integer that must be at least {@code least}. */
  int integer(String name, int least) {
    int value = integer(name);
    if (value < least) {
      throw new SerializationException(
          "%s: '%s' must be at least %s, found %s".formatted(where, name, least, value));
    }
    return value;
  }

  /** Like {@link #integer(String, int)}, with 64 bits. */
  long whole(String name, long least) {
    JsonNode json = get(name);
    if (!json.isIntegralNumber() || !json.canConvertToLong()) {
      throw wrong(name, "an integer", json);
    }
    long value = json.longValue();
    if (value < least) {
      throw new SerializationException(
          "%s: '%s' must be at least %s, found %s".formatted(where, name, least, value));
    }
    return value;
  }

  /** The elements of an array. */
  <T> List<T> list(String name, BiFunction<String, JsonNode, T> element) {
    return elements(where + "." + name, get(name), element);
  }

  static <T> List<T> elements(
      String where, JsonNode array, BiFunction<String, JsonNode, T> element) {
    if (!array.isArray()) {
      throw new SerializationException(
          "%s: expected a list, found %s".formatted(where, kind(array)));
    }
    List<T> elements = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      elements.add(element.apply(where + "[" + i + "]", array.get(i)));
    }
    return elements;
  }

  SourceLine line() {
    Fields line = of(where + ".line", get("line"));
    SourceLine read =
        new SourceLine(line.text("class"), line.text("file"), line.integer("number", 0));
    line.finish();
    return read;
  }

  static int integer(String where, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new SerializationException(
          "%s: expected an integer, found %s".formatted(where, kind(value)));
    }
    return value.intValue();
  }

  static long whole(String where, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new SerializationException(
          "%s: expected an integer, found %s".formatted(where, kind(value)));
    }
    return value.longValue();
  }

  static String text(String where, JsonNode value) {
    if (!value.isTextual()) {
      throw new SerializationException("%s: expected text, found %s".formatted(where, kind(value)));
    }
    HalfCharacters.in(value.textValue())
        .ifPresent(
            half -> {
              throw new SerializationException("%s: %s".formatted(where, half));
            });
    return value.textValue();
  }

  private SerializationException wrong(String name, String expected, JsonNode found) {
    return new SerializationException(
        "%s: '%s' must be %s, found %s".formatted(where, name, expected, kind(found)));
  }

  static String kind(JsonNode json) {
    return Shown.start(json.toString(), 60);
  }
}
