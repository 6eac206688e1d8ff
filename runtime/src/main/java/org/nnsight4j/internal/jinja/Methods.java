package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The methods of Python's dictionaries and lists; those that change them are refused. */
final class Methods {
  private Methods() {}

  /** A method bound to a value; null if its type has none with this name. */
  static @Nullable Function of(Object value, String name) {
    if (value instanceof String text) {
      return TextMethods.of(text, name);
    } else if (value instanceof Map<?, ?> map) {
      return ofMap(map, name);
    } else if (value instanceof List<?> list) {
      return ofList(list, name);
    }
    return null;
  }

  private static @Nullable Function ofMap(Map<?, ?> map, String name) {
    return switch (name) {
      case "keys" -> given -> new ArrayList<Object>(map.keySet());
      case "values" -> given -> new ArrayList<Object>(map.values());
      case "items" -> given -> items(map);
      case "get" ->
          given -> {
            @Nullable Object found = map.get(PythonValues.key(given.required(0, "key")));
            return Objects.requireNonNullElse(found, given.get(1, "default", None.NONE));
          };
      case "copy" -> given -> PythonValues.of(map);
      case "clear", "pop", "popitem", "setdefault", "update" -> refused(name, "dict");
      default -> null;
    };
  }

  static List<Object> items(Map<?, ?> map) {
    List<Object> items = new ArrayList<>();
    map.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
    return items;
  }

  private static @Nullable Function ofList(List<?> list, String name) {
    return switch (name) {
      case "count" ->
          given ->
              list.stream()
                  .filter(each -> PythonValues.equal(each, given.required(0, "value")))
                  .count();
      case "index" ->
          given -> {
            for (int i = 0; i < list.size(); i++) {
              if (PythonValues.equal(list.get(i), given.required(0, "value"))) {
                return (long) i;
              }
            }
            throw new TemplateException(Text.repr(given.required(0, "value")) + " is not in list");
          };
      case "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse" ->
          list instanceof Tuple ? null : refused(name, "list");
      default -> null;
    };
  }

  private static Function refused(String name, String type) {
    return given -> {
      throw new TemplateException(
          "access to attribute '%s' of '%s' object is unsafe.".formatted(name, type));
    };
  }
}
