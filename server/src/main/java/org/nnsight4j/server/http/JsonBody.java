package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.json.StrictJson;
import org.nnsight4j.internal.spelling.HalfCharacters;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.Problems;

/** A small JSON object that an administrator sends; each member is known and has its type. */
final class JsonBody {
  /** The most bytes of one. */
  static final int LARGEST = 16 << 10;

  private static final ObjectMapper MAPPER =
      StrictJson.mapper(
          StrictJson.factory(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxStringLength(1000)
                  .maxNameLength(100)
                  .maxNumberLength(20)
                  .build()));
  private final ObjectNode object;

  private JsonBody(ObjectNode object, Set<String> known) {
    this.object = object;
    for (var names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw Problems.badRequest("expected members of %s, found '%s'".formatted(known, name));
      }
    }
  }

  /**
   * Reads an object.
   *
   * @param what what it is, for the message
   * @param known the names that it may have
   */
  static JsonBody parse(byte[] body, String what, Set<String> known) {
    try {
      if (MAPPER.readTree(body) instanceof ObjectNode object) {
        return new JsonBody(object, known);
      }
    } catch (IOException e) {
      // Said below: what it is instead does not matter.
    }
    throw Problems.badRequest(
        "expected a JSON object with %s, found something else".formatted(what));
  }

  /** A member that is an object itself; empty if there is none. */
  JsonBody object(String name, Set<String> known) {
    JsonNode value = object.get(name);
    if (value == null) {
      return new JsonBody(MAPPER.createObjectNode(), known);
    }
    if (value instanceof ObjectNode inner) {
      return new JsonBody(inner, known);
    }
    throw wrong(name, "an object");
  }

  /** A text; {@code usual} if there is none. */
  String text(String name, @Nullable String usual) {
    JsonNode value = object.get(name);
    if (value == null && usual != null) {
      return usual;
    }
    if (value == null || !value.isTextual() || HalfCharacters.in(value.textValue()).isPresent()) {
      throw wrong(name, "a text");
    }
    return value.textValue();
  }

  /** A whole number within bounds; null if there is none. */
  @Nullable Long number(String name, long least, long most) {
    JsonNode value = object.get(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw wrong(name, "a number from %s to %s".formatted(least, most));
    }
    return value.longValue();
  }

  ProblemException wrong(String name, String expected) {
    JsonNode found = object.get(name);
    String shown = found == null ? "nothing" : found.toString();
    return Problems.badRequest(
        "expected %s as '%s', found %s".formatted(expected, name, Shown.start(shown, 64)));
  }
}
