package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.HalfCharacters;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.tensor.Tensor;

/**
 * The members of an object of a request. Each one is read, or stands for what happens anyway, or is
 * refused by its name: nothing that may change the numbers is ignored.
 */
final class Fields {
  private final String path;
  private final ObjectNode object;

  private Fields(String path, ObjectNode object) {
    this.path = path;
    this.object = object;
  }

  /**
   * The members of an object.
   *
   * @param path where it is in the request; empty for the request itself
   * @param known the names that it may have
   */
  static Fields of(String path, JsonNode json, Set<String> known) {
    if (!(json instanceof ObjectNode object)) {
      throw refused(path, "an object", json);
    }
    Fields fields = new Fields(path, object);
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                throw wrong(
                    fields.name(name),
                    "expected fields of %s, found '%s', which this server does not have"
                        .formatted(known.stream().sorted().toList(), shown(name)));
              }
            });
    return fields;
  }

  /** An error about a field of the request. */
  static ProblemException wrong(String param, String message) {
    return new ProblemException(ProblemKind.BAD_REQUEST.with(message).with("param", param));
  }

  static ProblemException refused(String param, String expected, @Nullable JsonNode found) {
    return wrong(
        param,
        "expected %s as '%s', found %s"
            .formatted(expected, param, found == null ? "nothing" : shown(found.toString())));
  }

  private static String shown(String text) {
    return Shown.start(text, 80);
  }

  /** The path of a member. */
  String name(String member) {
    return path.isEmpty() ? member : path + "." + member;
  }

  /** A member; null if it is absent or null, which mean the same in this API. */
  @Nullable JsonNode get(String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  JsonNode required(String name, String expected) {
    JsonNode value = get(name);
    if (value == null) {
      throw refused(name(name), expected, null);
    }
    return value;
  }

  /** Refuses a member that asks for something else than what happens anyway. */
  void only(String name, String... usual) {
    JsonNode value = get(name);
    if (value != null && !List.of(usual).contains(value.toString())) {
      throw refused(
          name(name),
          usual.length == 0 ? "nothing" : "nothing else than " + String.join(" or ", usual),
          value);
    }
  }

  String text(String name, String usual) {
    JsonNode value = get(name);
    return value == null ? usual : textOf(name(name), value);
  }

  /** A text that has to be there. */
  String text(String name) {
    return textOf(name(name), get(name));
  }

  static String textOf(String param, @Nullable JsonNode value) {
    if (value == null || !value.isTextual()) {
      throw refused(param, "a text", value);
    }
    HalfCharacters.in(value.textValue())
        .ifPresent(
            half -> {
              throw wrong(param, "the text cannot be encoded: " + half);
            });
    return value.textValue();
  }

  boolean flag(String name) {
    JsonNode value = get(name);
    if (value != null && !value.isBoolean()) {
      throw refused(name(name), "true or false", value);
    }
    return value != null && value.booleanValue();
  }

  @Nullable Integer whole(String name, int least, int most) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > most) {
      throw refused(name(name), "a whole number from %s to %s".formatted(least, most), value);
    }
    return value.intValue();
  }

  @Nullable Long seed(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw refused(name(name), "a whole number", value);
    }
    return value.longValue();
  }

  @Nullable Double number(String name, double least, double most) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
      throw refused(name(name), "a number from %s to %s".formatted(least, most), value);
    }
    return value.doubleValue();
  }

  /** A number above 0. */
  @Nullable Double positive(String name, double most) {
    Double given = number(name, 0, most);
    if (given != null && given == 0) {
      throw refused(name(name), "a number above 0", get(name));
    }
    return given;
  }

  /** A list of objects; empty if there is none. */
  List<Fields> objects(String name, Set<String> known) {
    JsonNode value = get(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw refused(name(name), "a list", value);
    }
    List<Fields> all = new ArrayList<>();
    for (JsonNode each : value) {
      all.add(of("%s[%s]".formatted(name(name), all.size()), each, known));
    }
    return all;
  }

  /** A vector of so many numbers; a shorter one would silently stand for a longer one. */
  Tensor vector(String name, int width) {
    JsonNode value = required(name, "a list of %s numbers".formatted(width));
    if (!value.isArray() || value.size() != width) {
      throw refused(
          name(name),
          "a list of %s numbers, as wide as that place of the model".formatted(width),
          value);
    }
    float[] numbers = new float[width];
    for (int i = 0; i < width; i++) {
      numbers[i] = value.get(i).floatValue();
      if (!value.get(i).isNumber() || !Float.isFinite(numbers[i])) {
        throw refused("%s[%s]".formatted(name(name), i), "a finite number", value.get(i));
      }
    }
    return Tensor.of(numbers, width);
  }
}
