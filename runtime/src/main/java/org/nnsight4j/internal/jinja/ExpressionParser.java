package org.nnsight4j.internal.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.internal.jinja.Token.Kind;

/** Parses expressions, with Jinja's precedence. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");

  private final Tokens tokens;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  /** One expression, or several separated by commas, which form a tuple. */
  Expression tuple(boolean withCondition) {
    Expression first = withCondition ? expression() : or();
    if (!tokens.current().isOperator(",")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      if (endsTuple()) {
        break;
      }
      parts.add(withCondition ? expression() : or());
    }
    return scope -> new Tuple(values(parts, scope));
  }

  private boolean endsTuple() {
    Token token = tokens.current();
    return token.is(Kind.BLOCK_END) || token.is(Kind.VARIABLE_END) || token.isOperator(")");
  }

  private static List<Object> values(List<Expression> parts, Names scope) {
    List<Object> values = new ArrayList<>();
    parts.forEach(part -> values.add(part.value(scope)));
    return values;
  }

  Expression expression() {
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression yes = value;
      Expression condition = or();
      if (tokens.skipName("else")) {
        Expression no = expression();
        value = scope -> (PythonValues.truth(condition.value(scope)) ? yes : no).value(scope);
      } else {
        value =
            scope ->
                PythonValues.truth(condition.value(scope))
                    ? yes.value(scope)
                    : new Undefined(
                        "the inline if-expression evaluated to false and no else section was defined.");
      }
    }
    return value;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.skipName("or")) {
      Expression first = left;
      Expression second = and();
      left =
          scope -> {
            Object value = first.value(scope);
            return PythonValues.truth(value) ? value : second.value(scope);
          };
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.skipName("and")) {
      Expression first = left;
      Expression second = not();
      left =
          scope -> {
            Object value = first.value(scope);
            return PythonValues.truth(value) ? second.value(scope) : value;
          };
    }
    return left;
  }

  private Expression not() {
    if (tokens.skipName("not")) {
      Expression value = not();
      return scope -> !PythonValues.truth(value.value(scope));
    }
    return comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
        operators.add(tokens.next().text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (token.isName("not") && tokens.after().isName("in")) {
        var not = tokens.next();
        var in = tokens.next();
        operators.add(not.text() + " " + in.text());
      } else {
        break;
      }
      others.add(sum());
    }
    if (operators.isEmpty()) {
      return first;
    }
    return scope -> {
      Object left = first.value(scope);
      for (int i = 0; i < operators.size(); i++) {
        Object right = others.get(i).value(scope);
        if (!compare(operators.get(i), left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  private static boolean compare(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> PythonValues.equal(left, right);
      case "!=" -> !PythonValues.equal(left, right);
      case "<" -> PythonValues.compare(left, right) < 0;
      case ">" -> PythonValues.compare(left, right) > 0;
      case "<=" -> PythonValues.compare(left, right) <= 0;
      case ">=" -> PythonValues.compare(left, right) >= 0;
      case "in" -> PythonValues.contains(right, left);
      default -> !PythonValues.contains(right, left);
    };
  }

  private interface Level {
    Expression read();
  }

  private Expression calculation(Level operand, String... operators) {
    Expression left = operand.read();
    while (tokens.current().is(Kind.OPERATOR)
        && List.of(operators).contains(tokens.current().text())) {
      String operator = tokens.next().text();
      Expression first = left;
      Expression second = operand.read();
      left = scope -> Numbers.calculate(operator, first.value(scope), second.value(scope));
    }
    return left;
  }

  private Expression sum() {
    return calculation(this::concatenation, "+", "-");
  }

  private Expression concatenation() {
    Expression first = calculation(this::power, "*", "/", "//", "%");
    if (!tokens.current().isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(calculation(this::power, "*", "/", "//", "%"));
    }
    return scope -> {
      StringBuilder text = new StringBuilder();
      parts.forEach(part -> text.append(Text.str(part.value(scope))));
      return text.toString();
    };
  }

  private Expression power() {
    return calculation(() -> unary(true), "**");
  }

  private Expression unary(boolean withFilters) {
    Expression value;
    if (tokens.skipOperator("-")) {
      Expression positive = unary(false);
      value = scope -> Numbers.negated(positive.value(scope));
    } else if (tokens.skipOperator("+")) {
      Expression same = unary(false);
      value = scope -> Numbers.calculate("+", 0L, same.value(scope));
    } else {
      value = primary();
    }
    Postfixes postfixes = new Postfixes(tokens, this);
    value = postfixes.after(value);
    return withFilters ? postfixes.filters(value) : value;
  }

  Expression primary() {
    Token token = tokens.current();
    switch (token.kind()) {
      case NAME -> {
        return name(tokens.next().text());
      }
      case STRING -> {
        StringBuilder text = new StringBuilder();
        while (tokens.current().is(Kind.STRING)) {
          text.append(tokens.next().text());
        }
        String whole = text.toString();
        return scope -> whole;
      }
      case INTEGER -> {
        Object number = Numbers.integer(new BigInteger(tokens.next().text().replace("_", "")));
        return scope -> number;
      }
      case FLOAT -> {
        double number = Double.parseDouble(tokens.next().text().replace("_", ""));
        return scope -> number;
      }
      default -> {
        if (tokens.skipOperator("(")) {
          return parenthesis();
        } else if (tokens.skipOperator("[")) {
          List<Expression> parts = list();
          return scope -> values(parts, scope);
        } else if (tokens.skipOperator("{")) {
          return map();
        }
        throw tokens.expected("a value");
      }
    }
  }

  private static Expression name(String name) {
    return switch (name) {
      case "true", "True" -> scope -> true;
      case "false", "False" -> scope -> false;
      case "none", "None" -> scope -> None.NONE;
      default -> scope -> scope.get(name);
    };
  }

  private Expression parenthesis() {
    if (tokens.skipOperator(")")) {
      return scope -> new Tuple(List.of());
    }
    Expression inside = tuple(true);
    tokens.operator(")");
    return inside;
  }

  private List<Expression> list() {
    List<Expression> parts = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      if (!parts.isEmpty()) {
        tokens.operator(",");
        if (tokens.skipOperator("]")) {
          break;
        }
      }
      parts.add(expression());
    }
    return parts;
  }

  private Expression map() {
    Map<Expression, Expression> parts = new LinkedHashMap<>();
    while (!tokens.skipOperator("}")) {
      if (!parts.isEmpty()) {
        tokens.operator(",");
        if (tokens.skipOperator("}")) {
          break;
        }
      }
      Expression key = expression();
      tokens.operator(":");
      parts.put(key, expression());
    }
    return scope -> {
      Map<Object, Object> map = new LinkedHashMap<>();
      parts.forEach(
          (key, value) -> map.put(PythonValues.key(key.value(scope)), value.value(scope)));
      return map;
    };
  }
}
