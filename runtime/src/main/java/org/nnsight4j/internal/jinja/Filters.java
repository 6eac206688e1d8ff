package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/** The Jinja filters that chat templates use. */
final class Filters {
  private static final Set<String> NAMES =
      Set.of(
          "length count upper lower title capitalize trim replace string int float abs round join first last list sort reverse unique sum min max map select reject selectattr rejectattr default d tojson items dictsort indent e escape safe batch wordcount"
              .split(" "));

  private Filters() {}

  static boolean has(String name) {
    return NAMES.contains(name);
  }

  static Object apply(String name, Object value, CallArguments given) {
    return switch (name) {
      case "length", "count" -> PythonValues.length(value);
      case "upper" -> Text.str(value).toUpperCase(Locale.ROOT);
      case "lower" -> Text.str(value).toLowerCase(Locale.ROOT);
      case "title" -> titled(Text.str(value));
      case "capitalize" -> TextMethods.capitalized(Text.str(value));
      case "trim" ->
          TextMethods.strip(Text.str(value), given.get(0, "chars", None.NONE), true, true);
      case "replace" ->
          TextMethods.replaced(
              Text.str(value),
              Text.str(given.required(0, "old")),
              Text.str(given.required(1, "new")),
              given.get(2, "count", None.NONE) instanceof None
                  ? -1
                  : given.integer(2, "count", -1));
      case "string" -> Text.str(value);
      case "default", "d" -> defaulted(value, given);
      case "tojson" -> PythonJson.filter(value, given);
      case "items" -> items(value);
      case "indent" -> indented(Text.str(value), given);
      case "e", "escape" -> escaped(Text.str(value));
      case "safe" -> Text.str(value);
      case "wordcount" -> (long) Text.str(value).split("\\W+").length;
      case "int", "float", "abs", "round" -> number(name, value, given);
      default -> ofList(name, value, given);
    };
  }

  private static String titled(String text) {
    StringBuilder out = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inside = !Character.isWhitespace(c) && "-({[<".indexOf(c) < 0;
    }
    return out.toString();
  }

  private static Object defaulted(Object value, CallArguments given) {
    boolean absent =
        value instanceof Undefined || given.truth(1, "boolean") && !PythonValues.truth(value);
    return absent ? given.get(0, "default_value", "") : value;
  }

  private static Object items(Object value) {
    if (value instanceof Undefined) {
      return new ArrayList<>();
    }
    if (value instanceof Map<?, ?> map) {
      return Methods.items(map);
    }
    throw new TemplateException("Can only get item pairs from a mapping.");
  }

  private static String indented(String text, CallArguments given) {
    Object width = given.get(0, "width", 4L);
    String blanks = width instanceof String some ? some : " ".repeat(Numbers.toInt(width));
    boolean first = given.truth(1, "first");
    boolean blank = given.truth(2, "blank");
    String[] lines = text.split("\n", -1);
    for (int i = first ? 0 : 1; i < lines.length; i++) {
      if (blank || !lines[i].isEmpty() || i == 0) {
        lines[i] = blanks + lines[i];
      }
    }
    return String.join("\n", lines);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static Object number(String name, Object value, CallArguments given) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    return switch (name) {
      case "int" -> NumberFilters.integer(value, given.get(0, "default", 0L));
      case "float" -> NumberFilters.real(value, given.get(0, "default", 0.0));
      case "abs" -> PythonValues.compare(value, 0L) < 0 ? Numbers.negated(value) : value;
      default -> NumberFilters.rounded(value, given);
    };
  }

  private static Object ofList(String name, Object value, CallArguments given) {
    List<Object> all = PythonValues.iterate(value);
    return switch (name) {
      case "list" -> all;
      case "first" -> all.isEmpty() ? nothing("first") : all.get(0);
      case "last" -> all.isEmpty() ? nothing("last") : all.get(all.size() - 1);
      case "join" -> joined(all, given);
      case "sort" -> sorted(all, given);
      case "reverse" -> {
        if (value instanceof String text) {
          yield new StringBuilder(text).reverse().toString();
        }
        Collections.reverse(all);
        yield all;
      }
      case "unique" -> unique(all, given);
      case "sum" -> summed(all, given);
      case "min" -> all.isEmpty() ? nothing("min") : Collections.min(all, order(given, 0));
      case "max" -> all.isEmpty() ? nothing("max") : Collections.max(all, order(given, 0));
      case "dictsort" -> dictionary(value, given);
      case "batch" -> batches(all, given);
      case "map" -> mapped(all, given);
      case "select" -> kept(all, each -> each, given, 0, true);
      case "reject" -> kept(all, each -> each, given, 0, false);
      case "selectattr" -> kept(all, attribute(given.required(0, "attribute")), given, 1, true);
      default -> kept(all, attribute(given.required(0, "attribute")), given, 1, false);
    };
  }

  private static Undefined nothing(String name) {
    return new Undefined("No %s item, sequence was empty.".formatted(name));
  }

  private interface Key {
    Object of(Object value);
  }

  /** Names separated by dots, and numbers. */
  private static Key attribute(Object name) {
    return value -> {
      Object result = value;
      for (String part : Text.str(name).split("\\.")) {
        result =
            part.matches("\\d+")
                ? Lookup.item(result, Long.parseLong(part))
                : Lookup.item(result, part);
      }
      return result;
    };
  }

  private static Object joined(List<Object> all, CallArguments given) {
    Key key = given.has(1, "attribute") ? attribute(given.required(1, "attribute")) : each -> each;
    StringBuilder out = new StringBuilder();
    String between = Text.str(given.get(0, "d", ""));
    for (int i = 0; i < all.size(); i++) {
      out.append(i == 0 ? "" : between).append(Text.str(key.of(all.get(i))));
    }
    return out.toString();
  }

  private static Object folded(Object value, boolean caseSensitive) {
    return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
  }

  private static Comparator<Object> order(CallArguments given, int first) {
    boolean sensitive = given.truth(first, "case_sensitive");
    Key key =
        given.has(first + 1, "attribute")
            ? attribute(given.required(first + 1, "attribute"))
            : each -> each;
    return (a, b) ->
        PythonValues.compare(folded(key.of(a), sensitive), folded(key.of(b), sensitive));
  }

  private static Object sorted(List<Object> all, CallArguments given) {
    Comparator<Object> order = order(given, 1);
    all.sort(given.truth(0, "reverse") ? order.reversed() : order);
    return all;
  }

  private static Object unique(List<Object> all, CallArguments given) {
    Comparator<Object> order = order(given, 0);
    List<Object> some = new ArrayList<>();
    for (Object each : all) {
      if (some.stream().noneMatch(other -> sameKey(order, each, other))) {
        some.add(each);
      }
    }
    return some;
  }

  private static boolean sameKey(Comparator<Object> order, Object one, Object other) {
    return one instanceof String && other instanceof String
        ? order.compare(one, other) == 0
        : PythonValues.equal(one, other);
  }

  private static Object summed(List<Object> all, CallArguments given) {
    Key key = given.has(0, "attribute") ? attribute(given.required(0, "attribute")) : each -> each;
    Object sum = given.get(1, "start", 0L);
    for (Object each : all) {
      sum = Numbers.calculate("+", sum, key.of(each));
    }
    return sum;
  }

  private static Object dictionary(Object value, CallArguments given) {
    boolean sensitive = given.truth(0, "case_sensitive");
    int by = given.get(1, "by", "key").equals("value") ? 1 : 0;
    List<Object> items = new ArrayList<>(PythonValues.iterate(items(value)));
    Comparator<Object> order =
        (a, b) ->
            PythonValues.compare(
                folded(((Tuple) a).get(by), sensitive), folded(((Tuple) b).get(by), sensitive));
    items.sort(given.truth(2, "reverse") ? order.reversed() : order);
    return items;
  }

  private static Object batches(List<Object> all, CallArguments given) {
    int size = given.integer(0, "linecount", 1);
    if (size < 1) {
      throw new TemplateException("batch needs a length of at least 1, found " + size);
    }
    List<Object> batches = new ArrayList<>();
    for (int i = 0; i < all.size(); i += size) {
      List<Object> batch = new ArrayList<>(all.subList(i, Math.min(i + size, all.size())));
      while (given.has(1, "fill_with") && batch.size() < size) {
        batch.add(given.required(1, "fill_with"));
      }
      batches.add(batch);
    }
    return batches;
  }

  private static Object mapped(List<Object> all, CallArguments given) {
    if (given.positional().isEmpty() && given.named().containsKey("attribute")) {
      Key key = attribute(Objects.requireNonNull(given.named().get("attribute")));
      boolean hasDefault = given.named().containsKey("default");
      all.replaceAll(
          each -> {
            Object found = key.of(each);
            return hasDefault && found instanceof Undefined
                ? given.get(Integer.MAX_VALUE, "default", "")
                : found;
          });
      return all;
    }
    String filter = given.text(0, "filter", "");
    if (!has(filter)) {
      throw new TemplateException("no filter named '%s'".formatted(filter));
    }
    all.replaceAll(each -> apply(filter, each, given.after(1)));
    return all;
  }

  private static Object kept(
      List<Object> all, Key key, CallArguments given, int first, boolean selects) {
    Predicate<Object> predicate;
    if (given.positional().size() > first) {
      String check = given.text(first, "test", "");
      if (!TemplateTests.has(check)) {
        throw new TemplateException("no test named '%s'".formatted(check));
      }
      predicate = value -> TemplateTests.apply(check, value, given.after(first + 1));
    } else {
      predicate = PythonValues::truth;
    }
    all.removeIf(each -> predicate.test(key.of(each)) != selects);
    return all;
  }
}
