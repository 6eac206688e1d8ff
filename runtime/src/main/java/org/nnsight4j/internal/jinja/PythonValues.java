package org.nnsight4j.internal.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Python's values in Java: None and undefined, truth values, Long and BigInteger, Double, String,
 * List and Tuple, Map, Namespace, Function.
 */
final class PythonValues {
  private PythonValues() {}

  /** A Java value as a template's value. */
  static Object of(@Nullable Object value) {
    if (value == null) {
      return None.NONE;
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Float real) {
      return real.doubleValue();
    } else if (value instanceof CharSequence text) {
      return text.toString();
    } else if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, each) -> copy.put(of(key), of(each)));
      return copy;
    } else if (value instanceof Collection<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(each -> copy.add(of(each)));
      return copy;
    } else if (value instanceof Boolean
        || value instanceof Long
        || value instanceof BigInteger
        || value instanceof Double) {
      return value;
    }
    throw new TemplateException(
        "expected text, numbers, truth values, lists and maps, found a %s"
            .formatted(value.getClass().getName()));
  }

  static boolean truth(Object value) {
    if (value instanceof Boolean truth) {
      return truth;
    } else if (Numbers.isNumber(value)) {
      return Numbers.real(value) != 0;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof List<?> list) {
      return !list.isEmpty();
    } else if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return !(value instanceof None || value instanceof Undefined);
  }

  static boolean equal(Object left, Object right) {
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return compare(left, right) == 0;
    } else if (left instanceof List<?> a && right instanceof List<?> b) {
      if (left instanceof Tuple != right instanceof Tuple || a.size() != b.size()) {
        return false;
      }
      for (int i = 0; i < a.size(); i++) {
        if (!equal(a.get(i), b.get(i))) {
          return false;
        }
      }
      return true;
    } else if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
      return a.size() == b.size()
          && a.entrySet().stream()
              .allMatch(
                  each -> {
                    @Nullable Object other = b.get(each.getKey());
                    return other != null && equal(each.getValue(), other);
                  });
    } else if (left instanceof Undefined || right instanceof Undefined) {
      return left instanceof Undefined && right instanceof Undefined;
    }
    return left.equals(right);
  }

  static int compare(Object left, Object right) {
    if (Numbers.isInteger(left) && Numbers.isInteger(right)) {
      return Numbers.big(left).compareTo(Numbers.big(right));
    } else if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      double a = Numbers.real(left);
      double b = Numbers.real(right);
      return Double.isFinite(a) && Double.isFinite(b)
          ? exact(left).compareTo(exact(right))
          : Double.compare(a, b);
    } else if (left instanceof String a && right instanceof String b) {
      return compareCodePoints(a, b);
    } else if (left instanceof List<?> a
        && right instanceof List<?> b
        && left instanceof Tuple == right instanceof Tuple) {
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        if (!equal(a.get(i), b.get(i))) {
          return compare(a.get(i), b.get(i));
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    if (left instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw new TemplateException(
        "%s and %s have no order".formatted(Text.typeName(left), Text.typeName(right)));
  }

  private static BigDecimal exact(Object number) {
    return number instanceof Double real
        ? new BigDecimal(real)
        : new BigDecimal(Numbers.big(number));
  }

  private static int compareCodePoints(String left, String right) {
    int[] a = left.codePoints().toArray();
    int[] b = right.codePoints().toArray();
    return java.util.Arrays.compare(a, b);
  }

  static boolean contains(Object container, Object value) {
    if (container instanceof String text) {
      if (value instanceof String part) {
        return text.contains(part);
      }
      throw new TemplateException("'in' of text needs text, found %s".formatted(Text.repr(value)));
    } else if (container instanceof Map<?, ?> map) {
      return map.containsKey(value);
    }
    return iterate(container).stream().anyMatch(each -> equal(each, value));
  }

  /** The elements that a loop iterates over. */
  static List<Object> iterate(Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    } else if (value instanceof Map<?, ?> map) {
      return new ArrayList<>(map.keySet());
    } else if (value instanceof String text) {
      return new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
    } else if (value instanceof Undefined) {
      return new ArrayList<>();
    }
    throw new TemplateException("'%s' object is not iterable".formatted(Text.typeName(value)));
  }

  static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    }
    return iterate(value).size();
  }

  /** A key of a map: integers that are equal are one key. */
  static Object key(Object value) {
    return value instanceof Double real && real == Math.rint(real) && Math.abs(real) < 1e15
        ? (Object) real.longValue()
        : value;
  }
}
