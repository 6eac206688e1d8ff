package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.internal.jinja.Token.Kind;

/**
 * Splits a template into tokens, with {@code trim_blocks} and {@code lstrip_blocks}, as
 * transformers sets them: whitespace around a tag that is alone on its line is removed.
 */
final class Lexer {
  private static final Pattern BEGIN = Pattern.compile("\\{([%{#])([-+]?)");
  private static final Pattern RAW = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(-?)%\\}");
  private static final Pattern END_OF_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
  private static final Pattern INSIDE =
      Pattern.compile(
          "(?<space>\\s+)"
              + "|(?<float>\\d[\\d_]*(?:(?:\\.\\d+)?[eE][+-]?\\d+|\\.\\d+))"
              + "|(?<integer>\\d[\\d_]*)"
              + "|(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
              + "|(?<string>'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\")"
              + "|(?<operator>==|!=|>=|<=|//|\\*\\*|[-+*/%~\\[\\](){}<>=.:|,;])",
          Pattern.DOTALL);

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int place;
  private int line = 1;
  private boolean atLineStart = true;

  private Lexer(String source) {
    String text = source.replace("\r\n", "\n").replace('\r', '\n');
    this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  static List<Token> tokens(String source) {
    return new Lexer(source).all();
  }

  private List<Token> all() {
    Matcher begin = BEGIN.matcher(source);
    while (begin.find(place)) {
      String kind = begin.group(1);
      Matcher raw = RAW.matcher(source).region(begin.start(), source.length());
      boolean isRaw = kind.equals("%") && raw.lookingAt();
      String sign = isRaw ? raw.group(1) : begin.group(2);
      data(before(source.substring(place, begin.start()), sign, !kind.equals("{")));
      move(isRaw ? raw.end() : begin.end());
      if (isRaw) {
        raw(!raw.group(2).isEmpty());
      } else if (kind.equals("#")) {
        comment();
      } else {
        tag(kind.equals("%"));
      }
    }
    data(source.substring(place));
    tokens.add(new Token(Kind.END, "the end of the template", line));
    return tokens;
  }

  private String before(String text, String sign, boolean isBlock) {
    if (sign.equals("-")) {
      return text.stripTrailing();
    }
    int start = text.lastIndexOf('\n') + 1;
    boolean alone = isBlock && !sign.equals("+") && (start > 0 || atLineStart);
    return alone && text.substring(start).isBlank() ? text.substring(0, start) : text;
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Kind.DATA, text, line));
    }
  }

  private void move(int to) {
    for (int i = place; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    atLineStart = to > place && source.charAt(to - 1) == '\n';
    place = to;
  }

  /**
   * After a tag: its sign may remove all whitespace, and otherwise a block removes the end of its
   * line.
   */
  private void close(int end, String sign, boolean isBlock) {
    int to = end;
    if (sign.equals("-")) {
      while (to < source.length() && Character.isWhitespace(source.charAt(to))) {
        to++;
      }
    } else if (isBlock && !sign.equals("+") && source.startsWith("\n", to)) {
      to++;
    }
    move(to);
  }

  private void comment() {
    int end = source.indexOf("#}", place);
    if (end < 0) {
      throw error("a comment {# that does not end");
    }
    String sign =
        end > place && "-+".indexOf(source.charAt(end - 1)) >= 0
            ? source.substring(end - 1, end)
            : "";
    close(end + 2, sign, true);
  }

  private void raw(boolean strips) {
    if (strips) {
      close(place, "-", false);
    }
    Matcher end = END_OF_RAW.matcher(source);
    if (!end.find(place)) {
      throw error("{% raw %} without {% endraw %}");
    }
    String text = source.substring(place, end.start());
    data(before(text, end.group(1), true));
    close(end.end(), end.group(2), true);
  }

  private void tag(boolean isBlock) {
    String closing = isBlock ? "%}" : "}}";
    tokens.add(
        new Token(isBlock ? Kind.BLOCK_BEGIN : Kind.VARIABLE_BEGIN, isBlock ? "{%" : "{{", line));
    Matcher inside = INSIDE.matcher(source);
    int open = 0;
    while (true) {
      int signed = "-+".indexOf(place < source.length() ? source.charAt(place) : ' ') < 0 ? 0 : 1;
      if (open == 0 && source.startsWith(closing, place + signed)) {
        String sign = source.substring(place, place + signed);
        if (isBlock || !sign.equals("+")) {
          tokens.add(new Token(isBlock ? Kind.BLOCK_END : Kind.VARIABLE_END, closing, line));
          close(place + signed + 2, sign, isBlock);
          return;
        }
      }
      if (!inside.region(place, source.length()).lookingAt()) {
        throw error(
            place == source.length()
                ? "a tag that does not end with " + closing
                : "unexpected '%s'".formatted(source.charAt(place)));
      }
      open += open(inside);
      take(inside);
    }
  }

  /** Within brackets, }} is two closing braces. */
  private static int open(Matcher inside) {
    String operator = inside.group("operator");
    return operator == null ? 0 : "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
  }

  private void take(Matcher inside) {
    String text = inside.group();
    int start = line;
    move(inside.end());
    if (inside.group("space") != null) {
      return;
    }
    if (inside.group("string") != null) {
      tokens.add(new Token(Kind.STRING, Escapes.read(text.substring(1, text.length() - 1)), start));
      return;
    }
    Kind kind =
        inside.group("float") != null
            ? Kind.FLOAT
            : inside.group("integer") != null
                ? Kind.INTEGER
                : inside.group("name") != null ? Kind.NAME : Kind.OPERATOR;
    tokens.add(new Token(kind, text, start));
  }

  private TemplateException error(String what) {
    return new TemplateException("line %s: %s".formatted(line, what));
  }
}
