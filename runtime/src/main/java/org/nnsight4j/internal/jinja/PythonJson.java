package org.nnsight4j.internal.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Python's {@code json.dumps}, with exactly its spacing. */
final class PythonJson {
  private final boolean ascii;
  private final boolean sorted;
  private final String indent;
  private final String comma;
  private final String colon;
  private final StringBuilder out = new StringBuilder();

  private PythonJson(boolean ascii, boolean sorted, String indent, String comma, String colon) {
    this.ascii = ascii;
    this.sorted = sorted;
    this.indent = indent;
    this.comma = comma;
    this.colon = colon;
  }

  /** The filter {@code tojson} of transformers. */
  static String filter(Object value, CallArguments given) {
    Object indent = given.get(1, "indent", None.NONE);
    boolean lines = !(indent instanceof None);
    String each =
        indent instanceof String text ? text : lines ? " ".repeat(Numbers.toInt(indent)) : "";
    String comma = lines ? "," : ", ";
    String colon = ": ";
    Object separators = given.get(2, "separators", None.NONE);
    if (separators instanceof List<?> pair && pair.size() == 2) {
      comma = Text.str(pair.get(0));
      colon = Text.str(pair.get(1));
    }
    PythonJson json =
        new PythonJson(
            given.truth(0, "ensure_ascii"),
            given.truth(3, "sort_keys"),
            lines ? "\n" + each : "",
            comma,
            colon);
    json.write(value, 0);
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    if (value instanceof String text) {
      quoted(text);
    } else if (value instanceof Boolean truth) {
      out.append(truth ? "true" : "false");
    } else if (value instanceof None) {
      out.append("null");
    } else if (value instanceof Double real && !Double.isFinite(real)) {
      out.append(Double.isNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
    } else if (Numbers.isNumber(value)) {
      out.append(Text.repr(value));
    } else if (value instanceof List<?> list) {
      all(list.iterator(), '[', ']', depth);
    } else if (value instanceof Map<?, ?> map) {
      all((sorted ? sorted(map) : map).entrySet().iterator(), '{', '}', depth);
    } else if (value instanceof Map.Entry<?, ?> entry) {
      Object key = entry.getKey();
      quoted(key instanceof String text ? text : keyOf(key));
      out.append(colon);
      write(entry.getValue(), depth);
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    } else {
      throw new TemplateException(
          "Object of type %s is not JSON serializable".formatted(Text.typeName(value)));
    }
  }

  private static Map<Object, Object> sorted(Map<?, ?> map) {
    Map<Object, Object> sorted = new TreeMap<>(PythonValues::compare);
    sorted.putAll(map);
    return sorted;
  }

  private static String keyOf(Object key) {
    return key instanceof Boolean || key instanceof None
        ? key instanceof None ? "null" : key.toString()
        : Text.str(key);
  }

  private void all(Iterator<?> values, char begin, char end, int depth) {
    out.append(begin);
    boolean some = values.hasNext();
    while (values.hasNext()) {
      line(depth + 1);
      write(values.next(), depth + 1);
      if (values.hasNext()) {
        out.append(comma);
      }
    }
    if (some) {
      line(depth);
    }
    out.append(end);
  }

  private void line(int depth) {
    if (!indent.isEmpty()) {
      out.append('\n').append(indent.substring(1).repeat(depth));
    }
  }

  private void quoted(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || ascii && c > '~') {
            out.append("\\u").append(Text.hex(c, 4));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
