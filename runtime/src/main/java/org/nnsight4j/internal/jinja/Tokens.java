package org.nnsight4j.internal.jinja;

import java.util.List;
import org.nnsight4j.internal.jinja.Token.Kind;

/** The tokens that are still to be read. */
final class Tokens {
  private final List<Token> all;
  private int place;

  Tokens(List<Token> all) {
    this.all = all;
  }

  Token current() {
    return all.get(place);
  }

  Token after() {
    return all.get(Math.min(place + 1, all.size() - 1));
  }

  Token next() {
    Token token = current();
    place = Math.min(place + 1, all.size() - 1);
    return token;
  }

  boolean skipOperator(String operator) {
    return skip(current().isOperator(operator));
  }

  boolean skipName(String name) {
    return skip(current().isName(name));
  }

  private boolean skip(boolean is) {
    if (is) {
      var unused = next();
    }
    return is;
  }

  void operator(String operator) {
    if (!skipOperator(operator)) {
      throw expected("'" + operator + "'");
    }
  }

  void name(String name) {
    if (!skipName(name)) {
      throw expected("'" + name + "'");
    }
  }

  String name() {
    if (!current().is(Kind.NAME)) {
      throw expected("a name");
    }
    return next().text();
  }

  void kind(Kind kind, String words) {
    if (!current().is(kind)) {
      throw expected(words);
    }
    var unused = next();
  }

  TemplateException expected(String what) {
    return new TemplateException(
        "line %s: expected %s, found '%s'".formatted(current().line(), what, current().text()));
  }
}
