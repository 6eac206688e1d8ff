package org.nnsight4j.internal.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** How Python writes values: {@code str} and {@code repr}. */
final class Text {
  private Text() {}

  static String str(Object value) {
    return value instanceof String text ? text : value instanceof Undefined ? "" : repr(value);
  }

  static String repr(Object value) {
    if (value instanceof String text) {
      return quoted(text);
    } else if (value instanceof Boolean truth) {
      return truth ? "True" : "False";
    } else if (value instanceof None) {
      return "None";
    } else if (value instanceof Undefined) {
      return "Undefined";
    } else if (value instanceof Double real) {
      return real(real);
    } else if (value instanceof List<?> list) {
      boolean tuple = value instanceof Tuple;
      StringJoiner parts =
          new StringJoiner(", ", tuple ? "(" : "[", tuple ? (list.size() == 1 ? ",)" : ")") : "]");
      list.forEach(each -> parts.add(repr(each)));
      return parts.toString();
    } else if (value instanceof Map<?, ?> map) {
      StringJoiner parts = new StringJoiner(", ", "{", "}");
      map.forEach((key, each) -> parts.add(repr(key) + ": " + repr(each)));
      return parts.toString();
    } else if (value instanceof Namespace namespace) {
      return "<Namespace " + repr(namespace.names) + ">";
    } else if (value instanceof Function) {
      return "<function>";
    }
    return value.toString();
  }

  /** The fewest digits that identify this number, with an exponent where Python has one. */
  static String real(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    } else if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    } else if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = digits.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String all = digits.unscaledValue().abs().toString();
    int size = Math.abs(exponent);
    return "%s%s%se%s%s"
        .formatted(
            value < 0 ? "-" : "",
            all.substring(0, 1),
            all.length() > 1 ? "." + all.substring(1) : "",
            exponent < 0 ? "-" : "+",
            size < 10 ? "0" + size : size);
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (c == quote) {
                    out.append('\\').append(quote);
                  } else if (c < ' ' || c >= 0x7f && c < 0xa0) {
                    out.append("\\x").append(hex(c, 2));
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return out.append(quote).toString();
  }

  static String hex(int value, int digits) {
    String hex = Integer.toHexString(value);
    return "0".repeat(Math.max(0, digits - hex.length())) + hex;
  }

  static String typeName(Object value) {
    if (value instanceof String) {
      return "str";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (Numbers.isInteger(value)) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof None) {
      return "None";
    } else if (value instanceof Tuple) {
      return "tuple";
    } else if (value instanceof List) {
      return "list";
    } else if (value instanceof Map) {
      return "dict";
    }
    return value instanceof Undefined
        ? "Undefined"
        : value instanceof Namespace ? "Namespace" : "function";
  }
}
