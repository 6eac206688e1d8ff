package org.nnsight4j.internal.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code strftime} with English names, as far as templates use it. */
final class Dates {
  private static final Pattern DIRECTIVE = Pattern.compile("%(.)");
  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("Y", "yyyy"),
          Map.entry("y", "yy"),
          Map.entry("m", "MM"),
          Map.entry("B", "MMMM"),
          Map.entry("b", "MMM"),
          Map.entry("d", "dd"),
          Map.entry("j", "DDD"),
          Map.entry("A", "EEEE"),
          Map.entry("a", "EEE"),
          Map.entry("H", "HH"),
          Map.entry("I", "hh"),
          Map.entry("M", "mm"),
          Map.entry("S", "ss"),
          Map.entry("p", "a"));

  private Dates() {}

  static String format(LocalDateTime time, String format) {
    return DIRECTIVE
        .matcher(format)
        .replaceAll(
            each -> {
              String name = each.group(1);
              if (name.equals("%")) {
                return "%";
              }
              if (!PATTERNS.containsKey(name)) {
                throw new TemplateException("strftime_now: %" + name + " is not known");
              }
              String pattern = Objects.requireNonNull(PATTERNS.get(name));
              return Matcher.quoteReplacement(
                  DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time));
            });
  }
}
