package org.nnsight4j.internal.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The tests of Jinja: {@code value is name}. */
final class TemplateTests {
  private static final Set<String> NAMES =
      Set.of(
          "defined undefined none string number integer float boolean mapping sequence iterable callable true false odd even divisibleby lower upper sameas in eq == equalto ne != gt greaterthan > ge >= lt lessthan < le <="
              .split(" "));

  private TemplateTests() {}

  static boolean has(String name) {
    return NAMES.contains(name);
  }

  static boolean apply(String name, Object value, CallArguments given) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "string" -> value instanceof String;
      case "number" -> Numbers.isNumber(value);
      case "integer" -> Numbers.isInteger(value) && !(value instanceof Boolean);
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "mapping" -> value instanceof Map;
      case "sequence", "iterable" ->
          value instanceof String
              || value instanceof List
              || value instanceof Map
              || value instanceof Undefined;
      case "callable" -> value instanceof Function;
      case "true" -> value.equals(true);
      case "false" -> value.equals(false);
      case "odd" -> PythonValues.equal(Numbers.calculate("%", value, 2L), 1L);
      case "even" -> PythonValues.equal(Numbers.calculate("%", value, 2L), 0L);
      case "divisibleby" ->
          PythonValues.equal(Numbers.calculate("%", value, given.required(0, "num")), 0L);
      case "lower" -> Text.str(value).equals(Text.str(value).toLowerCase(Locale.ROOT));
      case "upper" -> Text.str(value).equals(Text.str(value).toUpperCase(Locale.ROOT));
      case "sameas" -> same(value, given.required(0, "other"));
      case "in" -> PythonValues.contains(given.required(0, "seq"), value);
      case "eq", "==", "equalto" -> PythonValues.equal(value, given.required(0, "other"));
      case "ne", "!=" -> !PythonValues.equal(value, given.required(0, "other"));
      case "gt", "greaterthan", ">" -> PythonValues.compare(value, given.required(0, "other")) > 0;
      case "ge", ">=" -> PythonValues.compare(value, given.required(0, "other")) >= 0;
      case "lt", "lessthan", "<" -> PythonValues.compare(value, given.required(0, "other")) < 0;
      default -> PythonValues.compare(value, given.required(0, "other")) <= 0;
    };
  }

  private static boolean same(Object value, Object other) {
    return value == other
        || value.getClass() == other.getClass()
            && (value instanceof Boolean || value instanceof Long || value instanceof String)
            && value.equals(other);
  }
}
