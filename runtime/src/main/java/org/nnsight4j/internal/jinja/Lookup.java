package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code value.name}, {@code value[key]} and {@code value[from:to:step]}. */
final class Lookup {
  private Lookup() {}

  /** An attribute: a method if there is one, otherwise a key. */
  static Object attribute(Object value, String name) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    @Nullable Object method = Methods.of(value, name);
    if (method != null) {
      return method;
    }
    if (value instanceof Namespace namespace && namespace.names.containsKey(name)) {
      return namespace.names.get(name);
    }
    return value instanceof Map<?, ?> map && map.containsKey(name)
        ? map.get(name)
        : missing(value, name);
  }

  /** An item: a key if there is one, otherwise a method. */
  static Object item(Object value, Object key) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (value instanceof Map<?, ?> map) {
      @Nullable Object found = map.get(PythonValues.key(key));
      if (found != null) {
        return found;
      }
    } else if (Numbers.isInteger(key) && (value instanceof List || value instanceof String)) {
      List<Object> all = PythonValues.iterate(value);
      int index = Numbers.toInt(key);
      int place = index < 0 ? index + all.size() : index;
      return place >= 0 && place < all.size()
          ? all.get(place)
          : new Undefined(
              "%s object has no element %s".formatted(Text.typeName(value), Text.repr(key)));
    }
    return key instanceof String name ? attribute(value, name) : missing(value, key);
  }

  private static Undefined missing(Object value, Object key) {
    String of = value instanceof None ? "'None'" : "'%s object'".formatted(Text.typeName(value));
    return new Undefined(
        key instanceof String
            ? "%s has no attribute '%s'".formatted(of, key)
            : "%s has no element %s".formatted(of, Text.repr(key)));
  }

  static Object slice(Object value, Object from, Object to, Object by) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(value instanceof List) && !(value instanceof String)) {
      throw new TemplateException("'%s' object cannot be sliced".formatted(Text.typeName(value)));
    }
    List<Object> all = PythonValues.iterate(value);
    int step = by instanceof None ? 1 : Numbers.toInt(by);
    if (step == 0) {
      throw new TemplateException("slice step cannot be zero");
    }
    int size = all.size();
    int start = bound(from, size, step, step > 0 ? 0 : size - 1);
    int end = to instanceof None ? (step > 0 ? size : -1) : bound(to, size, step, 0);
    List<Object> some = new ArrayList<>();
    for (long i = start; step > 0 ? i < end : i > end; i += step) {
      some.add(all.get((int) i));
    }
    if (value instanceof String) {
      StringBuilder text = new StringBuilder();
      some.forEach(each -> text.append(Text.str(each)));
      return text.toString();
    }
    return value instanceof Tuple ? new Tuple(some) : some;
  }

  private static int bound(Object given, int size, int step, int usual) {
    if (given instanceof None) {
      return usual;
    }
    int place = Numbers.toInt(given);
    int counted = place < 0 ? place + size : place;
    return step > 0
        ? Math.max(0, Math.min(size, counted))
        : Math.max(-1, Math.min(size - 1, counted));
  }
}
