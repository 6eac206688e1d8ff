package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.op.Arg;

/** Arguments of operations as JSON: an object with one field, which names the kind. */
final class ArgCodec {
  private ArgCodec() {}

  static JsonNode write(Arg arg) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (arg instanceof Arg.Ref ref) {
      return json.put("ref", ref.node());
    } else if (arg instanceof Arg.Refs refs) {
      ArrayNode nodes = json.putArray("refs");
      refs.nodes().forEach(nodes::add);
    } else if (arg instanceof Arg.Int whole) {
      return json.put("int", whole.value());
    } else if (arg instanceof Arg.Ints wholes) {
      ArrayNode numbers = json.putArray("ints");
      wholes.values().forEach(numbers::add);
    } else if (arg instanceof Arg.Real real) {
      // JSON has no NaN and no infinities.
      return Double.isFinite(real.value())
          ? json.put("real", real.value())
          : json.put("real", Double.toString(real.value()));
    } else if (arg instanceof Arg.Flag flag) {
      return json.put("flag", flag.value());
    } else {
      return json.put("text", ((Arg.Text) arg).value());
    }
    return json;
  }

  static Arg read(String where, JsonNode json) {
    if (!json.isObject() || json.size() != 1) {
      throw new SerializationException(
          "%s: expected an object with one field, found %s".formatted(where, Fields.kind(json)));
    }
    String kind = json.fieldNames().next();
    JsonNode value = json.get(kind);
    return switch (kind) {
      case "ref" -> new Arg.Ref(Fields.integer(where, value));
      case "refs" -> new Arg.Refs(Fields.elements(where, value, Fields::integer));
      case "int" -> new Arg.Int(Fields.whole(where, value));
      case "ints" -> new Arg.Ints(Fields.elements(where, value, Fields::whole));
      case "real" -> new Arg.Real(real(where, value));
      case "flag" -> {
        if (!value.isBoolean()) {
          throw new SerializationException(
              "%s: expected true or false, found %s".formatted(where, Fields.kind(value)));
        }
        yield new Arg.Flag(value.booleanValue());
      }
      case "text" -> new Arg.Text(Fields.text(where, value));
      default ->
          throw new SerializationException(
              "%s: this version of nnsight4j does not know arguments of the kind '%s'"
                  .formatted(where, kind));
    };
  }

  private static double real(String where, JsonNode value) {
    if (value.isNumber()) {
      double real = value.doubleValue();
      if (!Double.isFinite(real)) {
        throw new SerializationException(
            "%s: expected a number that a double can hold, or the text Infinity; no floating number is %s"
                .formatted(where, Fields.kind(value)));
      }
      // A fraction is rounded to the nearest double, as its writer intended; an integer is not.
      boolean exact =
          !value.isIntegralNumber() || value.decimalValue().compareTo(new BigDecimal(real)) == 0;
      if (!exact) {
        throw new SerializationException(
            "%s: no floating number is %s".formatted(where, Fields.kind(value)));
      }
      return real;
    }
    return switch (value.asText("")) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default ->
          throw new SerializationException(
              "%s: expected a number, found %s".formatted(where, Fields.kind(value)));
    };
  }
}
