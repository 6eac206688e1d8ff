package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.internal.jinja.Token.Kind;

/** What may follow a value: attributes, items, calls, filters and tests. */
final class Postfixes {
  private final Tokens tokens;
  private final ExpressionParser expressions;

  Postfixes(Tokens tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** Arguments as written in the template. */
  private record Written(List<Expression> positional, Map<String, Expression> named) {
    static final Written NONE = new Written(List.of(), Map.of());

    CallArguments values(Names scope) {
      List<Object> values = new ArrayList<>();
      positional.forEach(each -> values.add(each.value(scope)));
      Map<String, Object> names = new LinkedHashMap<>();
      named.forEach((name, each) -> names.put(name, each.value(scope)));
      return new CallArguments(values, names);
    }
  }

  Expression after(Expression value) {
    Expression result = value;
    while (true) {
      Expression of = result;
      if (tokens.skipOperator(".")) {
        if (tokens.current().is(Kind.INTEGER)) {
          long index = Long.parseLong(tokens.next().text());
          result = scope -> Lookup.item(of.value(scope), index);
        } else {
          String name = tokens.name();
          result = scope -> Lookup.attribute(of.value(scope), name);
        }
      } else if (tokens.skipOperator("[")) {
        result = item(of);
        tokens.operator("]");
      } else if (tokens.current().isOperator("(")) {
        result = call(of);
      } else {
        return result;
      }
    }
  }

  private Expression item(Expression of) {
    Expression none = scope -> None.NONE;
    Expression first = tokens.current().isOperator(":") ? none : expressions.expression();
    if (!tokens.skipOperator(":")) {
      return scope -> Lookup.item(of.value(scope), first.value(scope));
    }
    Expression to = bound(none);
    Expression by = tokens.skipOperator(":") ? bound(none) : none;
    return scope ->
        Lookup.slice(of.value(scope), first.value(scope), to.value(scope), by.value(scope));
  }

  private Expression bound(Expression none) {
    return tokens.current().isOperator(":") || tokens.current().isOperator("]")
        ? none
        : expressions.expression();
  }

  private Expression call(Expression of) {
    int line = tokens.current().line();
    Written written = arguments();
    return scope -> {
      Object called = of.value(scope);
      if (called instanceof Undefined undefined) {
        throw undefined.error();
      }
      if (called instanceof Function function) {
        return function.call(written.values(scope));
      }
      throw new TemplateException(
          "line %s: '%s' object is not callable".formatted(line, Text.typeName(called)));
    };
  }

  private Written arguments() {
    tokens.operator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.skipOperator(")")) {
      if (!positional.isEmpty() || !named.isEmpty()) {
        tokens.operator(",");
        if (tokens.skipOperator(")")) {
          break;
        }
      }
      if (tokens.current().is(Kind.NAME) && tokens.after().isOperator("=")) {
        String name = tokens.name();
        tokens.operator("=");
        named.put(name, expressions.expression());
      } else if (named.isEmpty()) {
        positional.add(expressions.expression());
      } else {
        throw tokens.expected("a named argument, because there was one before");
      }
    }
    return new Written(positional, named);
  }

  Expression filters(Expression value) {
    Expression result = value;
    while (true) {
      if (tokens.skipOperator("|")) {
        result = filter(result);
      } else if (tokens.skipName("is")) {
        result = check(result);
      } else if (tokens.current().isOperator("(")) {
        result = call(result);
      } else {
        return result;
      }
    }
  }

  /** One filter, whose name comes next. */
  Expression filter(Expression value) {
    int line = tokens.current().line();
    String name = tokens.name();
    if (!Filters.has(name)) {
      throw new TemplateException("line %s: no filter named '%s'".formatted(line, name));
    }
    Written written = tokens.current().isOperator("(") ? arguments() : Written.NONE;
    return scope -> Filters.apply(name, value.value(scope), written.values(scope));
  }

  private Expression check(Expression value) {
    boolean negated = tokens.skipName("not");
    int line = tokens.current().line();
    String name = tokens.name();
    if (!TemplateTests.has(name)) {
      throw new TemplateException("line %s: no test named '%s'".formatted(line, name));
    }
    Written written = Written.NONE;
    Token token = tokens.current();
    if (token.isOperator("(")) {
      written = arguments();
    } else if (isOperand(token)) {
      written = new Written(List.of(after(expressions.primary())), Map.of());
    }
    Written given = written;
    return scope -> TemplateTests.apply(name, value.value(scope), given.values(scope)) != negated;
  }

  private static boolean isOperand(Token token) {
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME ->
          !token.isName("else") && !token.isName("or") && !token.isName("and") && !isWord(token);
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      default -> false;
    };
  }

  /** Words that continue the expression around. */
  private static boolean isWord(Token token) {
    return token.isName("if") || token.isName("in") || token.isName("not") || token.isName("is");
  }
}
