package org.nnsight4j.internal.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's arithmetic: integers are unbounded, and integer division rounds down. */
final class Numbers {
  private static final int LONGEST = 10_000_000;

  private Numbers() {}

  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
  }

  static boolean isNumber(Object value) {
    return isInteger(value) || value instanceof Double;
  }

  static BigInteger big(Object value) {
    return value instanceof BigInteger big
        ? big
        : BigInteger.valueOf(
            value instanceof Boolean truth ? (truth ? 1 : 0) : ((Long) value).longValue());
  }

  static double real(Object value) {
    return value instanceof Double real ? real : big(value).doubleValue();
  }

  /** A Long if it fits, otherwise a BigInteger. */
  static Object integer(BigInteger value) {
    return value.bitLength() < 64 ? (Object) value.longValue() : value;
  }

  static int toInt(Object value) {
    if (isInteger(value) && big(value).bitLength() < 32) {
      return big(value).intValue();
    }
    throw new TemplateException("expected an integer, found " + Text.repr(value));
  }

  static Object calculate(String operator, Object left, Object right) {
    if (left instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (isNumber(left) && isNumber(right)) {
      return isInteger(left) && isInteger(right)
          ? integers(operator, big(left), big(right))
          : reals(operator, real(left), real(right));
    }
    if (operator.equals("+") && left instanceof String a && right instanceof String b) {
      return a + b;
    }
    if (operator.equals("+")
        && left instanceof List<?> a
        && right instanceof List<?> b
        && left instanceof Tuple == right instanceof Tuple) {
      List<Object> both = new ArrayList<>(a);
      both.addAll(b);
      return left instanceof Tuple ? new Tuple(both) : both;
    }
    if (operator.equals("*") && isInteger(right)) {
      return repeated(left, right);
    }
    if (operator.equals("*") && isInteger(left)) {
      return repeated(right, left);
    }
    if (operator.equals("%") && left instanceof String format) {
      return PercentFormat.of(format, right);
    }
    throw new TemplateException(
        "%s does not go with %s and %s"
            .formatted(operator, Text.typeName(left), Text.typeName(right)));
  }

  private static Object repeated(Object value, Object times) {
    int count = Math.max(0, toInt(times));
    if (value instanceof String text && (long) text.length() * count <= LONGEST) {
      return text.repeat(count);
    }
    if (value instanceof List<?> list && (long) list.size() * count <= LONGEST) {
      List<Object> all = new ArrayList<>();
      Collections.nCopies(count, list).forEach(all::addAll);
      return value instanceof Tuple ? new Tuple(all) : all;
    }
    throw new TemplateException(
        "* does not go with %s and %s".formatted(Text.typeName(value), Text.repr(times)));
  }

  private static Object integers(String operator, BigInteger left, BigInteger right) {
    if (List.of("/", "//", "%").contains(operator) && right.signum() == 0) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> integer(left.add(right));
      case "-" -> integer(left.subtract(right));
      case "*" -> integer(left.multiply(right));
      case "/" -> left.doubleValue() / right.doubleValue();
      case "//" -> integer(floored(left, right));
      case "%" -> integer(left.subtract(floored(left, right).multiply(right)));
      default -> power(left, right);
    };
  }

  private static BigInteger floored(BigInteger left, BigInteger right) {
    BigInteger[] parts = left.divideAndRemainder(right);
    return parts[1].signum() != 0 && parts[1].signum() != right.signum()
        ? parts[0].subtract(BigInteger.ONE)
        : parts[0];
  }

  private static Object power(BigInteger left, BigInteger right) {
    if (right.signum() < 0) {
      return Math.pow(left.doubleValue(), right.doubleValue());
    }
    if (right.bitLength() > 16 || (long) left.bitLength() * right.intValue() > 100_000) {
      throw new TemplateException("** of numbers as large as these is not computed");
    }
    return integer(left.pow(right.intValue()));
  }

  private static Object reals(String operator, double left, double right) {
    if (List.of("/", "//", "%").contains(operator) && right == 0) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      case "%" -> left - Math.floor(left / right) * right;
      default -> Math.pow(left, right);
    };
  }

  static Object negated(Object value) {
    return value instanceof Double real ? (Object) (-real) : calculate("-", 0L, value);
  }
}
