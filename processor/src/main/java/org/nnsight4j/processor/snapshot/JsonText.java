package org.nnsight4j.processor.snapshot;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Strict JSON: objects become maps, arrays lists, integers BigDecimal, other numbers Double, {@code
 * null} the object {@link #NULL}. A library for this one small file would be on every user's
 * processor path.
 */
final class JsonText {
  static final Object NULL = new Object();

  private static final int MAX_DEPTH = 50;
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d{1,3})?");

  private final String text;
  private int at;
  private int depth;

  private JsonText(String text) {
    this.text = text;
  }

  static Object parse(String text) throws BadSnapshotException {
    JsonText json = new JsonText(text);
    Object value = json.value();
    json.skipSpace();
    if (json.at < text.length()) {
      throw json.wrong("the end");
    }
    return value;
  }

  private Object value() throws BadSnapshotException {
    skipSpace();
    if (++depth > MAX_DEPTH) {
      throw wrong("at most " + MAX_DEPTH + " levels");
    }
    Object value =
        switch (peek()) {
          case '{' -> object();
          case '[' -> array();
          case '"' -> string();
          case 't' -> word("true", true);
          case 'f' -> word("false", false);
          case 'n' -> word("null", NULL);
          default -> number();
        };
    depth--;
    return value;
  }

  private Map<String, Object> object() throws BadSnapshotException {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (take('}')) {
      return members;
    }
    do {
      skipSpace();
      String name = string();
      skipSpace();
      expect(':');
      if (members.put(name, value()) != null) {
        throw wrong("each name once, found \"" + name + "\" twice,");
      }
      skipSpace();
    } while (take(','));
    expect('}');
    return members;
  }

  private List<Object> array() throws BadSnapshotException {
    List<Object> elements = new ArrayList<>();
    at++;
    skipSpace();
    if (take(']')) {
      return elements;
    }
    do {
      elements.add(value());
      skipSpace();
    } while (take(','));
    expect(']');
    return elements;
  }

  private String string() throws BadSnapshotException {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (!take('"')) {
      char c = peek();
      if (c < ' ') {
        throw wrong("the end of a string");
      }
      at++;
      string.append(c == '\\' ? escape() : c);
    }
    return string.toString();
  }

  private char escape() throws BadSnapshotException {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        Matcher hex = Pattern.compile("[0-9a-fA-F]{4}").matcher(text).region(at, text.length());
        if (!hex.lookingAt()) {
          throw wrong("four hexadecimal digits");
        }
        at += 4;
        yield (char) Integer.parseInt(hex.group(), 16);
      }
      default -> throw wrong("an escape");
    };
  }

  private Object number() throws BadSnapshotException {
    Matcher number = NUMBER.matcher(text).region(at, text.length());
    if (!number.lookingAt()) {
      throw wrong("a value");
    }
    at = number.end();
    String found = number.group();
    return found.matches("-?\\d+") ? new BigDecimal(found) : (Object) Double.valueOf(found);
  }

  private Object word(String word, Object value) throws BadSnapshotException {
    if (!text.startsWith(word, at)) {
      throw wrong(word);
    }
    at += word.length();
    return value;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /** The next character; a control character at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private boolean take(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) throws BadSnapshotException {
    if (!take(c)) {
      throw wrong("'" + c + "'");
    }
  }

  private BadSnapshotException wrong(String expected) {
    String before = text.substring(0, Math.min(at, text.length()));
    long line = before.chars().filter(c -> c == '\n').count() + 1;
    int column = before.length() - before.lastIndexOf('\n');
    return new BadSnapshotException(
        "expected %s in line %s, column %s, found %s"
            .formatted(
                expected,
                line,
                column,
                at < text.length() ? "'" + text.charAt(at) + "'" : "the end of the file"));
  }
}
