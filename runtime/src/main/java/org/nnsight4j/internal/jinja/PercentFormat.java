package org.nnsight4j.internal.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code '%s' % value} and {@code '{}'.format(value)}, as far as templates use them. */
final class PercentFormat {
  private static final Pattern PERCENT =
      Pattern.compile("%([-0+ #]*)(\\d*)(?:\\.(\\d+))?([a-zA-Z%])");
  private static final Pattern BRACES = Pattern.compile("\\{\\{|\\}\\}|\\{(\\w*)\\}|[{}]");

  private PercentFormat() {}

  static String of(String format, Object values) {
    List<?> all = values instanceof Tuple tuple ? tuple : List.of(values);
    Matcher matcher = PERCENT.matcher(format);
    StringBuilder out = new StringBuilder();
    int next = 0;
    while (matcher.find()) {
      String text = "%";
      if (!matcher.group(4).equals("%")) {
        if (next == all.size()) {
          throw new TemplateException("not enough arguments for format string");
        }
        text = one(matcher, all.get(next++));
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(text));
    }
    if (next < all.size() && values instanceof Tuple) {
      throw new TemplateException("not all arguments converted during string formatting");
    }
    return matcher.appendTail(out).toString();
  }

  private static String one(Matcher matcher, Object value) {
    String flags = matcher.group(1);
    String precision = matcher.group(3);
    String text =
        switch (matcher.group(4)) {
          case "s" -> cut(Text.str(value), precision);
          case "r" -> cut(Text.repr(value), precision);
          case "d", "i" -> signed(flags, Numbers.big(whole(value)).toString());
          case "x" -> Numbers.big(whole(value)).toString(16);
          case "f" ->
              signed(
                  flags,
                  new BigDecimal(Numbers.real(number(value)))
                      .setScale(
                          precision == null ? 6 : Integer.parseInt(precision),
                          java.math.RoundingMode.HALF_EVEN)
                      .toPlainString());
          default ->
              throw new TemplateException(
                  "expected one of the formats %%s, %%r, %%d, %%i, %%x and %%f, found %s"
                      .formatted(matcher.group()));
        };
    String width = matcher.group(2);
    int missing = width.isEmpty() ? 0 : Integer.parseInt(width) - text.length();
    if (missing <= 0) {
      return text;
    }
    boolean zeros = flags.contains("0") && "dixf".contains(matcher.group(4));
    return flags.contains("-")
        ? text + " ".repeat(missing)
        : zeros
            ? text.startsWith("-")
                ? "-" + "0".repeat(missing) + text.substring(1)
                : "0".repeat(missing) + text
            : " ".repeat(missing) + text;
  }

  private static String cut(String text, String precision) {
    return precision == null
        ? text
        : text.substring(0, Math.min(text.length(), Integer.parseInt(precision)));
  }

  private static String signed(String flags, String number) {
    return flags.contains("+") && !number.startsWith("-") ? "+" + number : number;
  }

  private static Object number(Object value) {
    if (Numbers.isNumber(value)) {
      return value;
    }
    throw new TemplateException("a number is needed, found " + Text.repr(value));
  }

  private static Object whole(Object value) {
    return number(value) instanceof Double real
        ? Numbers.integer(new BigDecimal(real).toBigInteger())
        : value;
  }

  static String braces(String format, CallArguments given) {
    Matcher matcher = BRACES.matcher(format);
    StringBuilder out = new StringBuilder();
    int next = 0;
    while (matcher.find()) {
      String found = matcher.group();
      String name = matcher.group(1);
      if (name == null && found.length() == 1) {
        throw new TemplateException(
            "format: expected braces in pairs, as {}, {0} or {name}, found '%s'".formatted(format));
      }
      String text;
      if (name == null) {
        text = found.substring(1);
      } else if (name.isEmpty()) {
        text = Text.str(given.required(next++, ""));
      } else if (name.matches("\\d+")) {
        text = Text.str(given.required(Integer.parseInt(name), name));
      } else {
        text = Text.str(given.required(Integer.MAX_VALUE, name));
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(text));
    }
    return matcher.appendTail(out).toString();
  }
}
