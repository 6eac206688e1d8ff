package org.nnsight4j.internal.jinja;

import java.util.List;
import java.util.Map;

/** The arguments of a function, filter or test. */
record CallArguments(List<Object> positional, Map<String, Object> named) {
  static final CallArguments NONE = new CallArguments(List.of(), Map.of());

  static CallArguments of(Object... values) {
    return new CallArguments(List.of(values), Map.of());
  }

  /** The argument at an index or with a name, or otherwise the default. */
  Object get(int place, String name, Object usual) {
    return place < positional.size() ? positional.get(place) : named.getOrDefault(name, usual);
  }

  boolean has(int place, String name) {
    return place < positional.size() || named.containsKey(name);
  }

  Object required(int place, String name) {
    if (!has(place, name)) {
      throw new TemplateException("the argument '%s' is missing".formatted(name));
    }
    return get(place, name, None.NONE);
  }

  String text(int place, String name, String usual) {
    Object value = get(place, name, usual);
    if (value instanceof String text) {
      return text;
    }
    throw new TemplateException(
        "the argument '%s' must be text, found %s".formatted(name, Text.repr(value)));
  }

  int integer(int place, String name, int usual) {
    return Numbers.toInt(get(place, name, (long) usual));
  }

  boolean truth(int place, String name) {
    return PythonValues.truth(get(place, name, false));
  }

  /** Without the first ones. */
  CallArguments after(int count) {
    return new CallArguments(
        positional.subList(Math.min(count, positional.size()), positional.size()), named);
  }
}
