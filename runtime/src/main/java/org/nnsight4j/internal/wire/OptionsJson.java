package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;

/** The options that a user has set, as JSON; the server adds those of the checkpoint. */
final class OptionsJson {
  private OptionsJson() {}

  static ObjectNode write(GenerateOptions options) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, Object> option : options.asMap().entrySet()) {
      String name = option.getKey();
      Object value = option.getValue();
      if (value instanceof List<?> values) {
        ArrayNode array = json.putArray(name);
        for (Object each : values) {
          if (each instanceof Long number) {
            array.add(number);
          } else {
            array.add(each.toString());
          }
        }
      } else if (value instanceof Boolean flag) {
        json.put(name, flag);
      } else if (value instanceof Integer || value instanceof Long) {
        json.put(name, ((Number) value).longValue());
      } else if (value instanceof Double number) {
        json.put(name, number);
      } else {
        json.put(name, value.toString().toLowerCase(Locale.ROOT));
      }
    }
    return json;
  }

  static GenerateOptions read(JsonNode json) {
    if (!json.isObject()) {
      throw new SerializationException("options: expected an object, found another kind of JSON");
    }
    GenerateOptions options = GenerateOptions.defaults();
    for (Map.Entry<String, JsonNode> option : json.properties()) {
      options = read(options, option.getKey(), option.getValue());
    }
    return options;
  }

  private static GenerateOptions read(GenerateOptions options, String name, JsonNode value) {
    return switch (name) {
      case "maxNewTokens" -> options.maxNewTokens(integer(name, value));
      case "minNewTokens" -> options.minNewTokens(integer(name, value));
      case "doSample" -> options.doSample(flag(name, value));
      case "temperature" -> options.temperature(number(name, value));
      case "topK" -> options.topK(integer(name, value));
      case "topP" -> options.topP(number(name, value));
      case "repetitionPenalty" -> options.repetitionPenalty(number(name, value));
      case "noRepeatNgramSize" -> options.noRepeatNgramSize(integer(name, value));
      case "numBeams" -> options.numBeams(integer(name, value));
      case "numReturnSequences" -> options.numReturnSequences(integer(name, value));
      case "lengthPenalty" -> options.lengthPenalty(number(name, value));
      case "earlyStopping" -> options.earlyStopping(stopping(name, value));
      case "eosTokenId" -> options.eosTokenId(longs(name, value));
      case "padTokenId" -> options.padTokenId(whole(name, value));
      case "stopStrings" -> options.stopStrings(texts(name, value));
      case "seed" -> options.seed(whole(name, value));
      case "useCache" -> options.useCache(flag(name, value));
      default ->
          throw new SerializationException(
              "options: this version of nnsight4j does not know '%s'".formatted(name));
    };
  }

  private static int integer(String name, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(name, "an integer");
    }
    return value.intValue();
  }

  private static long whole(String name, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(name, "an integer");
    }
    return value.longValue();
  }

  private static double number(String name, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw wrong(name, "a number that a double can hold");
    }
    return value.doubleValue();
  }

  private static boolean flag(String name, JsonNode value) {
    if (!value.isBoolean()) {
      throw wrong(name, "true or false");
    }
    return value.booleanValue();
  }

  private static EarlyStopping stopping(String name, JsonNode value) {
    for (EarlyStopping each : EarlyStopping.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(value.asText())) {
        return each;
      }
    }
    throw wrong(name, "one of true, false, never");
  }

  private static long[] longs(String name, JsonNode value) {
    if (!value.isArray()) {
      throw wrong(name, "a list of integers");
    }
    long[] numbers = new long[value.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = whole(name, value.get(i));
    }
    return numbers;
  }

  private static String[] texts(String name, JsonNode value) {
    if (!value.isArray()) {
      throw wrong(name, "a list of texts");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode each : value) {
      if (!each.isTextual()) {
        throw wrong(name, "a list of texts");
      }
      texts.add(each.textValue());
    }
    return texts.toArray(String[]::new);
  }

  private static SerializationException wrong(String name, String expected) {
    return new SerializationException(
        "options: expected %s as '%s', found another kind of JSON".formatted(expected, name));
  }
}
