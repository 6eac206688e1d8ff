package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.jinja.Statement.Next;
import org.nnsight4j.internal.jinja.Token.Kind;

/** Parses statements. */
final class TemplateParser {
  private final Tokens tokens;
  private final ExpressionParser expressions;

  private TemplateParser(Tokens tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  static Statement parse(String source) {
    TemplateParser parser = new TemplateParser(new Tokens(Lexer.tokens(source)));
    return parser.until(Set.of());
  }

  /** All statements up to a tag with one of these names, which is then the next token. */
  private Statement until(Set<String> ends) {
    List<Statement> parts = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      switch (token.kind()) {
        case DATA -> {
          String text = tokens.next().text();
          parts.add(writing(text));
        }
        case VARIABLE_BEGIN -> {
          var unused = tokens.next();
          Expression value = expressions.tuple(true);
          tokens.kind(Kind.VARIABLE_END, "'}}'");
          parts.add(printing(value));
        }
        case BLOCK_BEGIN -> {
          var unused = tokens.next();
          if (ends.contains(tokens.current().text())) {
            return Statement.all(parts);
          }
          parts.add(tag());
        }
        default -> {
          if (!ends.isEmpty()) {
            throw tokens.expected(
                "{% " + String.join(" or ", new java.util.TreeSet<>(ends)) + " %}");
          }
          return Statement.all(parts);
        }
      }
    }
  }

  private static Statement writing(String text) {
    return (scope, out) -> {
      scope.step(out);
      out.append(text);
      return Next.GO_ON;
    };
  }

  private static Statement printing(Expression value) {
    return (scope, out) -> {
      scope.step(out);
      out.append(Text.str(value.value(scope)));
      return Next.GO_ON;
    };
  }

  /** The statements between two tags; also consumes the second tag. */
  private Statement body(String end) {
    tokens.kind(Kind.BLOCK_END, "'%}'");
    Statement body = until(Set.of(end));
    tokens.name(end);
    return body;
  }

  private Statement tag() {
    String name = tokens.name();
    Statement statement =
        switch (name) {
          case "if" -> choice();
          case "for" -> loop();
          case "set" -> assignment();
          case "macro" -> macro();
          case "generation" -> inScope(body("endgeneration"));
          case "filter" -> filtered();
          case "with" -> with();
          case "break" -> (scope, out) -> Next.BREAK;
          case "continue" -> (scope, out) -> Next.CONTINUE;
          default ->
              throw new TemplateException(
                  "line %s: the tag '%s' is not known to nnsight4j"
                      .formatted(tokens.current().line(), name));
        };
    tokens.kind(Kind.BLOCK_END, "'%}'");
    return statement;
  }

  private static Statement inScope(Statement body) {
    return (scope, out) -> body.run(scope.inner(), out);
  }

  private Statement choice() {
    Expression condition = expressions.tuple(true);
    tokens.kind(Kind.BLOCK_END, "'%}'");
    Statement yes = until(Set.of("elif", "else", "endif"));
    String end = tokens.name();
    Statement no = Statement.all(List.of());
    if (end.equals("elif")) {
      no = choice();
    } else if (end.equals("else")) {
      no = body("endif");
    }
    Statement otherwise = no;
    return (scope, out) ->
        (PythonValues.truth(condition.value(scope)) ? yes : otherwise).run(scope, out);
  }

  private Statement loop() {
    List<String> names = targets();
    tokens.name("in");
    Expression over = expressions.tuple(false);
    @Nullable Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    if (tokens.current().isName("recursive")) {
      throw tokens.expected("a loop that is not recursive, which nnsight4j does not know");
    }
    tokens.kind(Kind.BLOCK_END, "'%}'");
    Statement body = until(Set.of("else", "endfor"));
    Statement otherwise = tokens.name().equals("else") ? body("endfor") : Statement.all(List.of());
    return new Loop(names, over, condition, body, otherwise);
  }

  private List<String> targets() {
    boolean bracket = tokens.skipOperator("(");
    List<String> names = new ArrayList<>(List.of(tokens.name()));
    while (tokens.skipOperator(",")) {
      names.add(tokens.name());
    }
    if (bracket) {
      tokens.operator(")");
    }
    return names;
  }

  private Statement assignment() {
    List<String> names = targets();
    if (names.size() == 1 && tokens.skipOperator(".")) {
      return ofNamespace(names.get(0), tokens.name());
    }
    if (tokens.skipOperator("=")) {
      Expression value = expressions.tuple(true);
      return (scope, out) -> {
        scope.step(out);
        assign(scope, names, value.value(scope));
        return Next.GO_ON;
      };
    }
    Captured captured = new Captured();
    Expression filters = captured;
    while (tokens.skipOperator("|")) {
      filters = new Postfixes(tokens, expressions).filter(filters);
    }
    Statement body = body("endset");
    Expression text = filters;
    return (scope, out) -> {
      scope.set(names.get(0), text.value(captured.of(scope, body)));
      return Next.GO_ON;
    };
  }

  /** The text of a body, which goes through filters. */
  private static final class Captured implements Expression {
    // No name in a template contains a space.
    private static final String NAME = "what was captured";

    Names of(Names scope, Statement body) {
      StringBuilder text = new StringBuilder();
      var unused = body.run(scope.inner(), text);
      Names inner = scope.inner();
      inner.set(NAME, text.toString());
      return inner;
    }

    @Override
    public Object value(Names scope) {
      return scope.get(NAME);
    }
  }

  private Statement filtered() {
    Captured captured = new Captured();
    Expression filters = new Postfixes(tokens, expressions).filter(captured);
    while (tokens.skipOperator("|")) {
      filters = new Postfixes(tokens, expressions).filter(filters);
    }
    Statement body = body("endfilter");
    Expression text = filters;
    return (scope, out) -> {
      out.append(Text.str(text.value(captured.of(scope, body))));
      return Next.GO_ON;
    };
  }

  private Statement ofNamespace(String name, String attribute) {
    tokens.operator("=");
    Expression value = expressions.tuple(true);
    return (scope, out) -> {
      scope.step(out);
      if (!(scope.get(name) instanceof Namespace namespace)) {
        throw new TemplateException("cannot assign attribute on non-namespace object");
      }
      namespace.names.put(attribute, value.value(scope));
      return Next.GO_ON;
    };
  }

  static void assign(Names scope, List<String> names, Object value) {
    if (names.size() == 1) {
      scope.set(names.get(0), value);
      return;
    }
    List<Object> parts = PythonValues.iterate(value);
    if (parts.size() != names.size()) {
      throw new TemplateException(
          "expected %s values for %s, found %s".formatted(names.size(), names, parts.size()));
    }
    for (int i = 0; i < parts.size(); i++) {
      scope.set(names.get(i), parts.get(i));
    }
  }

  private Statement macro() {
    String name = tokens.name();
    Map<String, Expression> parameters = new LinkedHashMap<>();
    tokens.operator("(");
    while (!tokens.skipOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.operator(",");
      }
      String parameter = tokens.name();
      Expression missing =
          scope -> new Undefined("parameter '%s' was not provided".formatted(parameter));
      parameters.put(parameter, tokens.skipOperator("=") ? expressions.expression() : missing);
    }
    Statement body = body("endmacro");
    return (scope, out) -> {
      scope.set(name, new Macro(name, parameters, body, scope));
      return Next.GO_ON;
    };
  }

  private Statement with() {
    Map<String, Expression> values = new LinkedHashMap<>();
    while (!tokens.current().is(Kind.BLOCK_END)) {
      if (!values.isEmpty()) {
        tokens.operator(",");
      }
      String name = tokens.name();
      tokens.operator("=");
      values.put(name, expressions.expression());
    }
    Statement body = body("endwith");
    return (scope, out) -> {
      Names inner = scope.inner();
      values.forEach((name, value) -> inner.set(name, value.value(scope)));
      return body.run(inner, out);
    };
  }
}
